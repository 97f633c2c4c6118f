import type { Subject } from '../trace/subject.ts';
import { blocks, Chain, LockChains } from './lock-chains.ts';
import { LockGraph, type CycleWords, type Dependency, type LockCycle } from './lock-graph.ts';
import { Mode, type HeldLocks } from './held-locks.ts';
import type { Finding, Party } from './finding.ts';

/** A cycle whose sides were met in different executions only. */
export interface SeparateCycle extends Pick<CycleWords, 'title' | 'level'> {
  /** Each with the number of its shape: they are numbered in the order in which they were met. */
  readonly sides: readonly { readonly shape: number; readonly dependency: Dependency }[];
}

/** Numbers of objects, which are indices of 32-bit words, are below. */
const objectsMax = 2 ** 26;

/**
 * Lock order, as lockdep validates it (kernel/locking/lockdep.c): classes, three acquisition
 * strengths, strong paths, trylocks. Where we differ: a dependency keeps the whole set of held
 * locks, so that a cycle whose sides share a lock is told apart as *guarded*; the walk does not
 * stop at the first held lock, nor at an overtaking reader; and a cycle is reported only when all
 * of its sides occurred in one execution, so that its schedule shows them.
 *
 * An execution that ends in a deadlock reports no cycles: there the deadlock says it.
 */
export class LockOrder {
  readonly chains: LockChains;
  /** What this execution has shown of it, some of it more than once. */
  readonly said: Finding[] = [];
  private readonly graph: LockGraph;
  /** For each shape of dependencies: the execution in which it occurred last. */
  private readonly shapeOccurred: number[] = [];
  /** For each dependency: the execution in which it occurred last, and the event. */
  private occurred: number[] = [];
  private events: number[] = [];
  private fromEvents: number[] = [];
  /** For each chain that asks for a lock of a class that it holds: the depth of the held one. */
  private readonly recursions: (number | undefined)[] = [];
  private readonly present = new Set<LockCycle>();
  private run = 0;
  /** Cycles that there were when chains were marked last. */
  private cyclesMarked = 0;
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    this.chains = new LockChains(subject.agentCount);
    this.graph = new LockGraph(subject);
  }

  begin(): void {
    this.run++;
    this.chains.begin();
    if (this.present.size > 0) this.present.clear();
    this.said.length = 0;
  }

  /**
   * The agent asks for the lock: before it is pushed on the held stack. A successful try asks for
   * nothing.
   */
  acquire(agent: number, object: number, mode: number, tried: boolean, event: number): void {
    const { chains } = this;
    const node = chains.extend(chains.at[agent]!, object, mode, tried);
    chains.at[agent] = node;
    if (tried) {
      chains.verdicts[node] = Chain.quiet;
      return;
    }
    this.validate(node, agent, object, mode, event);
    this.noteRecursion(node, agent, object, mode, event);
  }

  /** The agent asks for the lock, but does not hold it: it waits, or only drains it. */
  ask(agent: number, object: number, mode: number, event: number): void {
    const node = this.chains.extend(this.chains.at[agent]!, object, mode, false);
    this.validate(node, agent, object, mode, event);
    // Who waits for the very lock that it holds waits for ever, and that is told.
    if (this.held.find(agent, object) < 0) this.noteRecursion(node, agent, object, mode, event);
  }

  /** The agent gave the lock up, which stood at this depth: after it was popped. */
  release(agent: number, depth: number): void {
    this.chains.drop(agent, depth, this.held);
  }

  downgrade(agent: number): void {
    this.chains.rebuild(agent, this.held);
  }

  /** @param deadlocked - whether the execution ended in a deadlock */
  end(deadlocked: boolean): void {
    if (deadlocked || this.present.size === 0) return;
    for (const cycle of this.present) this.reportCycle(cycle);
  }

  /** Marks the chains that newly found cycles go through; whether there were any. */
  mark(): boolean {
    if (this.cyclesMarked === this.graph.cycleCount) return false;
    this.cyclesMarked = this.graph.cycleCount;
    for (let node = 0; node < this.chains.count; node++) {
      if (this.chains.verdicts[node] === Chain.quiet) this.judge(node);
    }
    return true;
  }

  /** Different pairs of a held lock and one that was asked for, over all executions, as numbers. */
  pairs(): Set<number> {
    const { dependencies } = this.graph;
    return new Set(dependencies.map(({ from, to }) => from.object * objectsMax + to));
  }

  /** How many different waits for locks, whoever did them, all executions so far have shown. */
  get shapeCount(): number {
    return this.graph.shapeCount;
  }

  /** Cycles of which every side was met, but never all of them in one execution. */
  separateCycles(): SeparateCycle[] {
    const all = [...new Set(this.graph.cyclesOf.flat())];
    const words = (cycle: LockCycle): CycleWords => (cycle.words ??= this.describe(cycle));
    const met = new Set(all.filter((cycle) => cycle.met === true).map((one) => words(one).title));
    const separate = new Map<string, SeparateCycle>();
    for (const cycle of all) {
      const { title, level, key } = words(cycle);
      if (met.has(title) || separate.has(key)) continue;
      const sides = cycle.shapes.map((shape) => {
        const dependency = this.graph.dependencies[this.graph.numbersOf[shape]![0]!]!;
        return { shape, dependency };
      });
      separate.set(key, { title, level, sides });
    }
    return [...separate.values()];
  }

  /** Searches for cycles that gave up, over all executions so far. */
  get searchesCut(): number {
    return this.graph.searchesCut;
  }

  private validate(node: number, agent: number, object: number, mode: number, event: number): void {
    const known = this.chains.dependencies[node];
    const dependencies = known ?? this.derive(node, agent, object, mode);
    for (let i = 0; i < dependencies.length; i++) {
      const number = dependencies[i]!;
      if (this.occurred[number] === this.run) continue;
      this.occurred[number] = this.run;
      this.events[number] = event;
      this.noteFrom(number, agent);
      const shape = this.graph.shapeOf[number]!;
      if (this.shapeOccurred[shape] === this.run) continue;
      this.shapeOccurred[shape] = this.run;
      const cycles = this.graph.cyclesOf[shape]!;
      for (let j = 0; j < cycles.length; j++) {
        if (!this.complete(cycles[j]!)) continue;
        cycles[j]!.met = true;
        this.present.add(cycles[j]!);
      }
    }
  }

  private noteRecursion(
    node: number,
    agent: number,
    object: number,
    mode: number,
    event: number,
  ): void {
    const depth = this.recursions[node];
    if (depth !== undefined) this.reportRecursion(agent, depth, object, mode, event);
  }

  /**
   * Remembers at which event the edge's held side was taken this time; only needed where a cycle
   * may be.
   */
  private noteFrom(number: number, agent: number): void {
    const { from } = this.graph.dependencies[number]!;
    const depth = this.held.find(agent, from.object);
    this.fromEvents[number] = depth < 0 ? -1 : this.held.eventAt(agent, depth);
  }

  private complete(cycle: LockCycle): boolean {
    for (const shape of cycle.shapes) if (this.shapeOccurred[shape] !== this.run) return false;
    return true;
  }

  private derive(node: number, agent: number, object: number, mode: number): number[] {
    const held = this.held.list(agent);
    const { classes } = this.subject;
    const numbers: number[] = [];
    for (const [depth, from] of held.entries()) {
      if (classes[from.object] === classes[object]) {
        const again = from.object === object;
        const out = again ? mode === Mode.read && from.mode !== Mode.write : true;
        if (out && blocks(from.mode, mode)) this.recursions[node] = depth;
        continue;
      }
      numbers.push(this.graph.add({ agent, from, to: object, toMode: mode, held }));
    }
    this.chains.dependencies[node] = numbers;
    this.judge(node);
    return numbers;
  }

  /** Says whether asking for the last lock of this chain can be a part of anything. */
  private judge(node: number): void {
    const { shapeOf, cyclesOf } = this.graph;
    const inCycle = this.chains.dependencies[node]?.some(
      (number) => cyclesOf[shapeOf[number]!]!.length > 0,
    );
    const marked = inCycle === true || this.recursions[node] !== undefined;
    this.chains.verdicts[node] = marked ? Chain.marked : Chain.quiet;
  }

  private say(finding: Finding): void {
    this.said.push(finding);
    this.report(finding);
  }

  private reportRecursion(
    agent: number,
    depth: number,
    object: number,
    mode: number,
    event: number,
  ): void {
    const { subject, held } = this;
    const from = held.list(agent)[depth]!;
    const name = subject.className(object);
    const again = from.object === object;
    const what = again
      ? `a reader asks for ${name} again, and a writer may have queued in between`
      : `${name} is asked for while another ${name} is held`;
    this.say({
      kind: 'recursive-locking',
      level: 'possible',
      title: `possible recursive locking: ${what}`,
      key: `recursive-locking ${again ? 'read ' : ''}${name}`,
      event,
      parties: [{ agent, event, action: 'acquires', object, mode, held: held.list(agent), from }],
      hint: again
        ? 'Readers of this lock queue behind writers: hold it once, or let its readers recurse.'
        : 'If these locks have an order of their own, give each level a lock class of its own.',
    });
  }

  private reportCycle(cycle: LockCycle): void {
    const words = (cycle.words ??= this.describe(cycle));
    let last = -1;
    const parties = this.sides(cycle).map((number) => {
      last = Math.max(last, this.events[number]!);
      return this.party(this.graph.dependencies[number]!, number);
    });
    this.say({
      kind: 'lock-inversion',
      level: words.level,
      title: words.title,
      key: words.key,
      event: last,
      parties,
      guards: cycle.guards,
    });
  }

  /** Who was at each side of the cycle in this execution: of several agents, another each time. */
  private sides({ shapes }: LockCycle): number[] {
    const { numbersOf, dependencies } = this.graph;
    const agents = new Set<number>();
    return shapes.map((shape) => {
      const there = numbersOf[shape]!.filter((number) => this.occurred[number] === this.run);
      const chosen = there.find((one) => !agents.has(dependencies[one]!.agent)) ?? there[0]!;
      agents.add(dependencies[chosen]!.agent);
      return chosen;
    });
  }

  /** What is the same in every execution that shows the cycle. */
  private describe(cycle: LockCycle): CycleWords {
    const { subject } = this;
    const names = rotate(
      cycle.shapes.map((shape) => {
        const { from } = this.graph.dependencies[this.graph.numbersOf[shape]![0]!]!;
        return subject.className(from.object);
      }),
    );
    const guards = [...new Set(cycle.guards.map((guard) => subject.name(guard)))].sort();
    const guarded = guards.length > 0;
    const order = [...names, names[0]!].join(' -> ');
    return {
      level: guarded ? 'guarded' : 'possible',
      title: guarded
        ? `lock inversion ${order}, guarded by ${guards.join(', ')}`
        : `possible lock inversion ${order}`,
      key: `lock-inversion ${order} ${guards.join(' ')}`,
    };
  }

  private party(dependency: Dependency, number: number): Party {
    const { agent, from, to, toMode, held } = dependency;
    const event = this.events[number]!;
    const now = { ...from, event: this.fromEvents[number]! };
    return { agent, event, action: 'acquires', object: to, mode: toMode, held, from: now };
  }
}

/** The names of a cycle, beginning at the smallest, so that a cycle has one name. */
function rotate(names: readonly string[]): string[] {
  let best = 0;
  for (let i = 1; i < names.length; i++) if (names[i]! < names[best]!) best = i;
  return [...names.slice(best), ...names.slice(0, best)];
}
