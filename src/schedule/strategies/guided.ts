import type { Machine } from '../../execute/machine.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';
import { Access, accessOf } from '../../program/operation-table.ts';
import { Random } from '../../execute/random.ts';
import { agentCountMax } from '../../program/layout.ts';

/** Executions made from one recorded one before the next has its turn. */
const energy = 16;
/** Recorded executions that are kept; the oldest gives way. */
const corpusMax = 256;
/** Draws of a recorded execution that are replaced, on average. */
const mutations = 5;
/** Draws of an execution that are recorded. */
const drawsMax = 65_536;

/**
 * Partial order sampling guided by what executions reached: an execution in which some operation
 * took its object from another one for the first time (reads-from; for a lock: who held it before)
 * is kept as the random numbers that made it, and others are made from it by replacing a few of
 * them. Reads-from coverage is that of RFF (Wolff, Shi, Duck, Mathur, Roychoudhury, ASPLOS 2024);
 * keeping and mutating the random choices instead of schedules is FEST's way (NSDI 2026).
 */
export class GuidedSampling implements Strategy {
  readonly name = 'guided';
  readonly everyStep = true;
  readonly repeats = true;
  readonly learns = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  private readonly priority = new Uint32Array(agentCountMax);
  /** The draws of this execution. */
  private readonly draws = new Uint32Array(drawsMax);
  private drawn = 0;
  /** The recorded execution that this one is made from; undefined: a fresh one. */
  private parent: Uint32Array | undefined;
  /** Chance of a draw to be replaced, in 2^-32. */
  private replaced = 0;
  private readonly corpus: Uint32Array[] = [];
  /** The recorded execution whose turn it is, and how often it still has it. */
  private turn = 0;
  private turnsLeft = 0;
  /** Pairs of operations that have been seen to follow one another on their object. */
  private readonly seen = new Set<number>();
  private isNew = false;
  /** Steps of each agent so far: with the agent, the identity of an operation. */
  private readonly steps = new Int32Array(agentCountMax);
  /** The last operation that changed each object, as `agent + steps * 32`. */
  private readonly lastChange = new Map<number, number>();

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  /** How many different pairs of operations have followed one another on their object. */
  get pairs(): number {
    return this.seen.size;
  }

  begin(execution: number, agents: number): boolean {
    this.random.seed(this.options.seed, execution);
    this.drawn = 0;
    this.isNew = false;
    this.steps.fill(0);
    this.lastChange.clear();
    this.parent = this.nextParent(execution);
    this.replaced = 0;
    if (this.parent !== undefined) {
      this.replaced = (mutations / Math.max(mutations, this.parent.length)) * 0x1_0000_0000;
    }
    for (let agent = 0; agent < agents; agent++) this.priority[agent] = this.draw();
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const { priority } = this;
    let chosen = firstOf(enabled);
    for (let left = enabled & (enabled - 1); left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (priority[agent]! > priority[chosen]!) chosen = agent;
    }
    for (let left = machine.alive & ~(1 << chosen); left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (machine.dependent(chosen, agent)) priority[agent] = this.draw();
    }
    priority[chosen] = this.draw();
    this.note(chosen, machine);
    return chosen;
  }

  end(): void {
    if (!this.isNew || this.drawn > drawsMax) return;
    const recorded = this.draws.slice(0, this.drawn);
    if (this.corpus.length < corpusMax) this.corpus.push(recorded);
    else this.corpus[this.seen.size % corpusMax] = recorded;
  }

  /** Every other execution is a fresh one, so that what is not yet known has its chance. */
  private nextParent(execution: number): Uint32Array | undefined {
    if (this.corpus.length === 0 || execution % 2 === 0) return undefined;
    if (this.turnsLeft-- <= 0) {
      this.turn = (this.turn + 1) % this.corpus.length;
      this.turnsLeft = energy - 1;
    }
    return this.corpus[this.turn];
  }

  private draw(): number {
    const fresh = this.random.next();
    const { parent, drawn } = this;
    let value = fresh;
    if (parent !== undefined && drawn < parent.length) {
      value = this.random.next() < this.replaced ? fresh : parent[drawn]!;
    }
    if (drawn < drawsMax) this.draws[drawn] = value;
    this.drawn++;
    return value;
  }

  /** The chosen operation follows the last change of its object: is that new? */
  private note(agent: number, machine: Machine): void {
    const step = this.steps[agent]!;
    this.steps[agent] = step + 1;
    const access = accessOf[machine.pendingKind[agent]!]!;
    if (access === Access.none) return;
    const object = machine.pendingObject[agent]!;
    const self = agent + step * agentCountMax;
    const before = this.lastChange.get(object) ?? 0x3ffffff;
    const pair = before * 0x4000000 + self;
    if (!this.seen.has(pair)) {
      this.isNew = true;
      if (this.seen.size < 1 << 20) this.seen.add(pair);
    }
    if (access !== Access.read) this.lastChange.set(object, self);
  }
}
