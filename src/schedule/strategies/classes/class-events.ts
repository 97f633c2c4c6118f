import { Kind } from '../../../program/kinds.ts';
import { agentCountMax } from '../../../program/layout.ts';
import {
  Access,
  accessAfter,
  accessOf,
  effectOf,
  Failure,
  failureOf,
} from '../../../program/operation-table.ts';
import { ComparedWords, isRegion, type Equivalence, type KnownWords } from './compared-words.ts';
import type { Doing } from './doing.ts';
import type { Machine } from '../../../execute/machine.ts';
import { Footprints, turnAccess } from '../dpor/footprints.ts';
import { longer, wordsKept } from '../dpor/steps.ts';

/** What an event does to a word, as bits; 0 for what is no access to a word. */
export const Role = { word: 1, reads: 2, writes: 4 } as const;

/** Agents in a code of an event: code = index * 32 + agent, the same in every execution. */
const codeAgents = agentCountMax + 1;
/** The code of a word's first contents. */
export const initialCode = -1;

/**
 * The events of the present execution, each with its *view*: which earlier events on its object
 * it has observed. Views are what an equivalence compares: two executions are of one class if each
 * agent has the same events with the same views.
 *
 * - A read of a word observes the write that it reads (`reads-from`), or all writes before it
 *   (`observers`). A write that reads nothing observes nothing.
 * - Every other operation observes all earlier ones on its object that it does not commute with;
 *   with `traces` those on words do, too, and always those on ordered words (`ComparedWords`). A
 *   retry does not commute with what changes what its turn has read.
 *
 * What an event has observed of an agent is a count: that agent's events up to the last observed
 * one. Clocks are views closed under themselves and the order of each agent. Two scratch events
 * lie behind the last one: what could be done in another execution.
 */
export class ClassEvents {
  length = 0;
  readonly width: number;
  readonly equivalence: Equivalence;
  /** The words at the beginning of an execution. */
  readonly initially: Int32Array;
  agent: Int32Array = new Int32Array(128);
  index: Int32Array = new Int32Array(128);
  kind: Int32Array = new Int32Array(128);
  object: Int32Array = new Int32Array(128);
  argument: Int32Array = new Int32Array(128);
  argument2: Int32Array = new Int32Array(128);
  turn: Int32Array = new Int32Array(128);
  began: Int32Array = new Int32Array(128);
  /** Of its outcome; of a retry `turnAccess`. */
  access: Int32Array = new Int32Array(128);
  role: Int32Array = new Int32Array(128);
  /** Of a write: the word after it. */
  value: Int32Array = new Int32Array(128);
  /** Of a read: the code of the write that it reads, or `initialCode`. */
  source: Int32Array = new Int32Array(128);
  /** The event before on the same object, or -1. */
  below: Int32Array = new Int32Array(128);
  views: Int32Array;
  clocks: Int32Array;
  /** How many events each agent has. */
  readonly counts: Int32Array;
  /** The last event on each object, or -1. */
  readonly top: Int32Array;
  /** The retries that follow a change. */
  readonly retries: number[] = [];
  readonly footprints: Footprints = new Footprints();
  readonly words: ComparedWords;
  private readonly ids: Int32Array[];
  private readonly scratch: Int32Array;

  constructor(equivalence: Equivalence, memory: Int32Array, agents: number, known?: KnownWords) {
    this.equivalence = equivalence;
    this.width = agents;
    this.initially = Int32Array.from(memory);
    this.scratch = Int32Array.from(memory);
    this.views = new Int32Array(128 * agents);
    this.clocks = new Int32Array(128 * agents);
    this.counts = new Int32Array(agents);
    this.top = new Int32Array(memory.length).fill(-1);
    this.words = new ComparedWords(equivalence, memory.length, known);
    this.ids = Array.from({ length: agents }, () => new Int32Array(32));
  }

  /** An execution begins. */
  begin(): void {
    for (let id = 0; id < this.length; id++) this.top[this.object[id]!] = -1;
    this.length = 0;
    this.retries.length = 0;
    this.counts.fill(0);
  }

  /** The agent's event of this index; it must be there. */
  idOf(agent: number, index: number): number {
    return this.ids[agent]![index]!;
  }

  /** The event of a code. */
  ofCode(code: number): number {
    return this.idOf(code % codeAgents, Math.floor(code / codeAgents));
  }

  codeOf(id: number): number {
    return this.index[id]! * codeAgents + this.agent[id]!;
  }

  /** Whether an event is in an event's past, or the same. */
  follows(id: number, agent: number, index: number): boolean {
    return this.clocks[id * this.width + agent]! > index;
  }

  /** The operation that the agent is at. */
  pending(machine: Machine, agent: number): Doing {
    const kind = machine.pendingKind[agent]!;
    const index = this.counts[agent]!;
    let turn = -1;
    let began = index;
    if (kind === Kind.retry) {
      const { reads, began: steps } = machine.turnOf(agent);
      if (reads.length > 0) turn = this.footprints.turn(reads);
      while (began > 0 && this.idOf(agent, began - 1) >= steps) began--;
    }
    return {
      agent,
      index,
      kind,
      object: machine.pendingObject[agent]!,
      argument: machine.pendingArgument[agent]!,
      argument2: machine.pendingArgument2[agent]!,
      turn,
      began,
    };
  }

  /** The operation of an event. */
  doing(id: number): Doing {
    return {
      agent: this.agent[id]!,
      index: this.index[id]!,
      kind: this.kind[id]!,
      object: this.object[id]!,
      argument: this.argument[id]!,
      argument2: this.argument2[id]!,
      turn: this.turn[id]!,
      began: this.began[id]!,
    };
  }

  /** The operation that the agent is at becomes the next event. */
  push(machine: Machine, agent: number): void {
    const id = this.length;
    const doing = this.pending(machine, agent);
    const { kind, object } = doing;
    this.words.note(doing, this.objectsOf(doing));
    this.put(id, doing);
    const own = this.ids[agent]!;
    if (this.index[id] === own.length) this.ids[agent] = longer(own);
    this.ids[agent]![this.index[id]!] = id;
    this.below[id] = this.top[object]!;
    if (this.isWord(kind, object, doing.argument)) this.observeWord(id, machine.memory[object]!);
    else this.observe(id, machine.memory);
    this.close(id);
    this.counts[agent] = this.counts[agent]! + 1;
    this.top[object] = id;
    if (this.turn[id]! >= 0) this.retries.push(id);
    this.length++;
  }

  /** Whether an operation is compared by what it reads. */
  isWord(kind: number, object: number, argument: number): boolean {
    return this.words.compares(kind, object, argument);
  }

  /** The objects that an operation is about: of a retry all that its turn has read. */
  objectsOf({ object, turn }: Doing): readonly number[] {
    return turn < 0 ? [object] : this.footprints.readsOf(turn).map((read) => read.object);
  }

  /** A scratch event (0 or 1) for an operation, without view and clock. */
  sketch(which: number, doing: Doing): number {
    const id = this.length + which;
    this.put(id, doing);
    return id;
  }

  /** The role of a word's operation, and its value, where it finds this. */
  enact(id: number, found: number): void {
    const kind = this.kind[id]!;
    const { word, reads, writes } = Role;
    const argument = this.argument[id]!;
    this.value[id] = argument;
    if (kind === Kind.write || kind === Kind.store) this.role[id] = word | writes;
    else if (kind === Kind.exchange) this.role[id] = word | reads | writes;
    else if (kind === Kind.rmw) {
      this.role[id] = word | reads | writes;
      const object = this.object[id]!;
      this.scratch[object] = found;
      effectOf[kind]!(this.scratch, this.agent[id]!, object, argument, 0);
      this.value[id] = this.scratch[object]!;
    } else if (kind === Kind.add) {
      this.role[id] = word | reads | writes;
      this.value[id] = (found + argument) | 0;
    } else if (kind === Kind.compareExchange && found === argument) {
      this.role[id] = word | reads | writes;
      this.value[id] = this.argument2[id]!;
    } else this.role[id] = word | reads;
  }

  /** What a read of this source finds in a word. */
  found(object: number, source: number): number {
    return source === initialCode ? this.initially[object]! : this.value[this.ofCode(source)]!;
  }

  /** The clock of an event whose view is known; `beside` is a scratch event that it observes. */
  close(id: number, beside = -1): void {
    const { clocks, views, width, agent, index } = this;
    const at = id * width;
    const mine = agent[id]!;
    clocks.fill(0, at, at + width);
    if (index[id]! > 0) this.join(at, this.idOf(mine, index[id]! - 1));
    for (let other = 0; other < width; other++) {
      const seen = views[at + other]!;
      if (seen === 0 || other === mine || clocks[at + other]! >= seen) continue;
      const hidden = beside >= 0 && agent[beside] === other && index[beside] === seen - 1;
      this.join(at, hidden ? beside : this.idOf(other, seen - 1));
    }
    clocks[at + mine] = index[id]! + 1;
  }

  /** What the operation at `id` would do to its object where the words are these. */
  accessIn(id: number, memory: Int32Array): number {
    const { scratch } = this;
    const kind = this.kind[id]!;
    if (failureOf[kind] === Failure.never) return accessOf[kind]!;
    const object = this.object[id]!;
    for (let word = object; word < object + wordsKept; word++) scratch[word] = memory[word] ?? 0;
    const argument = this.argument[id]!;
    const result = effectOf[kind]!(scratch, this.agent[id]!, object, argument, this.argument2[id]!);
    return accessAfter(kind, result, argument);
  }

  private join(at: number, from: number): void {
    const { clocks, width } = this;
    for (let i = 0, other = from * width; i < width; i++) {
      if (clocks[other + i]! > clocks[at + i]!) clocks[at + i] = clocks[other + i]!;
    }
  }

  private observeWord(id: number, found: number): void {
    this.enact(id, found);
    this.access[id] = accessOf[this.kind[id]!]!;
    this.source[id] = initialCode;
    if ((this.role[id]! & Role.reads) === 0) return;
    const { below, role, agent, index, views, width } = this;
    const all = this.equivalence === 'observers';
    let first = true;
    for (let other = below[id]!; other >= 0; other = below[other]!) {
      if ((role[other]! & Role.writes) === 0) continue;
      if (first) this.source[id] = this.codeOf(other);
      first = false;
      const at = id * width + agent[other]!;
      if (views[at] === 0) views[at] = index[other]! + 1;
      if (!all) return;
    }
  }

  private observe(id: number, memory: Int32Array): void {
    const { access } = this;
    if (access[id] === Access.none || isRegion(this.kind[id]!)) {
      access[id] = Access.none;
      return;
    }
    if (access[id] !== turnAccess) access[id] = this.accessIn(id, memory);
    this.see(id, this.counts);
  }

  /** The view of an event after so many of each agent: whatever it does not commute with. */
  see(id: number, counts: Int32Array): void {
    const { below, top } = this;
    for (const object of this.objectsOf(this.doing(id))) {
      for (let other = top[object]!; other >= 0; other = below[other]!) {
        this.seeOne(id, other, counts);
      }
    }
    for (const other of this.retries) this.seeOne(id, other, counts);
  }

  private seeOne(id: number, other: number, counts: Int32Array): void {
    const { agent, index, views, width } = this;
    const own = agent[other]!;
    if (own === agent[id] || index[other]! >= counts[own]!) return;
    const at = id * width + own;
    if (views[at]! <= index[other]! && this.clash(id, other)) views[at] = index[other]! + 1;
  }

  /** Whether two events of different agents do not commute, by what they did. */
  clash(one: number, other: number): boolean {
    const { access, footprints } = this;
    const at = this.touched(one);
    const otherAt = this.touched(other);
    return footprints.clash(at, at, access[one]!, otherAt, otherAt, access[other]!);
  }

  private touched(id: number): number {
    return this.access[id] === turnAccess ? this.turn[id]! : this.object[id]!;
  }

  private put(id: number, doing: Doing): void {
    const { agent, index, kind, object, argument, argument2, turn, began } = doing;
    while (id + 2 >= this.agent.length) this.grow();
    this.agent[id] = agent;
    this.index[id] = index;
    this.kind[id] = kind;
    this.object[id] = object;
    this.argument[id] = argument;
    this.argument2[id] = argument2;
    this.turn[id] = turn;
    this.began[id] = began;
    this.access[id] = turn < 0 ? accessOf[kind]! : turnAccess;
    this.role[id] = 0;
    this.source[id] = initialCode;
    this.views.fill(0, id * this.width, (id + 1) * this.width);
  }

  private grow(): void {
    this.agent = longer(this.agent);
    this.index = longer(this.index);
    this.kind = longer(this.kind);
    this.object = longer(this.object);
    this.argument = longer(this.argument);
    this.argument2 = longer(this.argument2);
    this.turn = longer(this.turn);
    this.began = longer(this.began);
    this.access = longer(this.access);
    this.role = longer(this.role);
    this.value = longer(this.value);
    this.source = longer(this.source);
    this.below = longer(this.below);
    this.views = longer(this.views);
    this.clocks = longer(this.clocks);
  }
}
