import { Access, failed, Failure, operationTable } from '../program/operation-table.ts';
import { Kind } from '../program/kinds.ts';
import { EventLog, eventSize, type EventSink } from '../trace/event.ts';
import { changes, looksAt, type Looks } from './reads-from.ts';

/**
 * What the numbering asks of a kind, in one number, so that one look answers all; 0: nothing. The
 * last five bits are its access as a bit.
 */
const Trait = {
  accesses: 31,
  step: 1 << 5,
  links: 1 << 6,
  failsAtZero: 1 << 7,
  failsUnlessEqual: 1 << 8,
  looks: 1 << 9,
  /** It touches several words, or takes more to know whether it failed. */
  special: 1 << 10,
  /** It commutes with nothing. */
  alone: 1 << 30,
  /** It changes its object, unless it fails. */
  alters: 1 << 31,
} as const;

// Events that are no steps say nothing of the trace: some depend on who looked when, and
// annotations follow from the steps.
const traitsOf = Int32Array.from(operationTable, (row, kind) => {
  if (!row.visible) return 0;
  if (row.access === Access.none) return Trait.step;
  let traits = Trait.step | Trait.links | (1 << row.access);
  if (row.failure === Failure.resultZero) traits |= Trait.failsAtZero;
  if (row.failure === Failure.valueDiffers) traits |= Trait.failsUnlessEqual;
  if (row.failure === Failure.bytesDiffer || isMemory(kind)) traits |= Trait.special;
  if (looksAt[kind] !== 0) traits |= Trait.looks;
  if (row.access === Access.write) traits |= Trait.alone;
  if (changes(kind)) traits |= Trait.alters;
  return traits;
});

// Constants of other modules are not constants to the compiler.
const size = eventSize;
const asideSize = eventSize + 1;

/** What is kept of each object, in turn. */
const At = { run: 0, before: 1, changed: 2 } as const;
const objectBits = 2;

/** Bits of the number of an execution below which there are those of a group. */
const groupBits = 5;
/** Executions after which the numbers begin anew. */
const runsMax = 1 << 25;

/** Between two steps of one agent; their numbers begin at the agent's own plus 1. */
const stepStride = 32;

/** Tells groups of commuting operations with no other one between them apart. */
const nextGroup = 0x9e3779b1 | 0;

/**
 * Records an execution's events, and makes of them a number that stands for its Mazurkiewicz trace:
 * executions that differ only in the order of independent operations have the same number, and so
 * the same findings.
 *
 * A trace is told by what each step comes behind: the last step on its object that commutes with
 * nothing, and, where such groups meet, which group of commuting ones it is in. Each step is hashed
 * with that one; the trace's number is the sum over all steps, so that no hash waits for another.
 * Two lanes of 32 bits make an accident (two traces, one number) a matter of 2^-53 for each pair.
 */
export class TraceRecorder extends EventLog {
  /** What looked at what in the execution whose `key` was asked for last. */
  readonly seen: Looks = { length: 0, pairs: new Int32Array(512) };
  /**
   * Waits and exits, which are no part of the trace, and would only be in the way: how many other
   * events came before, then the event.
   */
  private asides = new Int32Array(asideSize * 64);
  private asidesEnd = 0;
  private readonly agents: number;
  /** The number that each agent's next step has. */
  private readonly next: Int32Array;
  /**
   * For each object: the execution that the rest is of, and as a bit the access of the commuting
   * operations since the last other; what the next operation comes behind; the step that changed it
   * last.
   */
  private readonly objects: Int32Array;
  private run = 0;
  private one = 0;
  private other = 0;

  constructor(agents: number, words: number) {
    super();
    this.agents = agents;
    this.next = new Int32Array(agents);
    this.objects = new Int32Array(words << objectBits);
  }

  begin(): void {
    this.length = 0;
    this.asidesEnd = 0;
  }

  override event(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
  ): void {
    if (kind === Kind.wait || kind === Kind.exit) {
      this.aside(kind, agent, object, argument, result);
      return;
    }
    const at = this.length * size;
    const { numbers } = this;
    if (at === numbers.length) {
      super.event(kind, agent, object, argument, result);
      return;
    }
    numbers[at] = kind;
    numbers[at + 1] = agent;
    numbers[at + 2] = object;
    numbers[at + 3] = argument;
    numbers[at + 4] = result;
    this.length++;
  }

  override feed(sink: EventSink): void {
    const { numbers: n, asides, asidesEnd } = this;
    let aside = 0;
    for (let index = 0, at = 0; ; index++, at += size) {
      for (; aside < asidesEnd && asides[aside] === index; aside += asideSize) {
        const from = aside + 1;
        sink.event(
          asides[from]!,
          asides[from + 1]!,
          asides[from + 2]!,
          asides[from + 3]!,
          asides[from + 4]!,
        );
      }
      if (index === this.length) return;
      sink.event(n[at]!, n[at + 1]!, n[at + 2]!, n[at + 3]!, n[at + 4]!);
    }
  }

  private aside(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
  ): void {
    let at = this.asidesEnd;
    if (at === this.asides.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.asides);
      this.asides = larger;
    }
    const { asides } = this;
    asides[at++] = this.length;
    asides[at++] = kind;
    asides[at++] = agent;
    asides[at++] = object;
    asides[at++] = argument;
    asides[at++] = result;
    this.asidesEnd = at;
  }

  /** The number of the trace that has been recorded. */
  key(): number {
    // In one loop behind the execution, so that to record an event is nothing but to store it.
    const { next } = this;
    if (++this.run === runsMax) {
      this.objects.fill(0);
      this.run = 1;
    }
    for (let agent = 0; agent < this.agents; agent++) next[agent] = agent + 1;
    this.one = 0;
    this.other = 0;
    this.seen.length = 0;
    if (this.seen.pairs.length < this.length * 2) this.seen.pairs = new Int32Array(this.length * 4);
    const end = this.length * size;
    for (let at = this.number(0, end); at < end; at = this.number(at, end)) {
      this.special(at);
      at += size;
    }
    return (this.one >>> 0) * 0x200000 + (this.other >>> 11);
  }

  /**
   * Goes through the events from one on, up to the end or to the first that is special, and says
   * where that is. Nothing is called in this loop, so that the compiler keeps in registers what it
   * needs of the arrays.
   */
  private number(from: number, end: number): number {
    const { numbers, next, objects, run } = this;
    const { pairs } = this.seen;
    const runHead = run << groupBits;
    let pairsEnd = this.seen.length;
    let one = 0;
    let other = 0;
    let at = from;
    for (; at < end; at += size) {
      const kind = numbers[at]!;
      const traits = traitsOf[kind]!;
      if (traits === 0) continue;
      if ((traits & Trait.special) !== 0) break;
      const agent = numbers[at + 1]!;
      const object = numbers[at + 2]!;
      const step = next[agent]!;
      next[agent] = step + stepStride;
      let before = 0;
      if ((traits & Trait.links) !== 0) {
        const place = object << objectBits;
        let group = objects[place]! ^ runHead;
        let changed = 0;
        if (group <= Trait.accesses && group >= 0) {
          before = objects[place + At.before]!;
          changed = objects[place + At.changed]!;
        } else {
          group = 0;
        }
        const alone = (traits << 1) >> 31;
        // A group of another access: its operations come behind all of this one.
        if ((group & ~traits & ~alone) !== 0) before = (before + nextGroup) | 0;
        objects[place] = runHead | (traits & Trait.accesses & ~alone);
        objects[place + At.before] = before ^ ((before ^ step) & alone);
        pairs[pairsEnd] = changed;
        pairs[pairsEnd + 1] = step;
        pairsEnd += (traits & Trait.looks) >> 8;
        let alters = traits >> 31;
        if ((traits & Trait.failsAtZero) !== 0 && numbers[at + 4] === 0) alters = 0;
        if ((traits & Trait.failsUnlessEqual) !== 0 && numbers[at + 4] !== numbers[at + 3])
          alters = 0;
        objects[place + At.changed] = changed ^ ((changed ^ step) & alters);
      }
      const what = (object << 7) | kind;
      one = (one + mix(step, before, what, 0x2545f491, 0x7feb352d)) | 0;
      other = (other + mix(step, before, what, 0x68e31da5, 0x1b873593)) | 0;
    }
    this.seen.length = pairsEnd;
    this.one = (this.one + one) | 0;
    this.other = (this.other + other) | 0;
    return at;
  }

  /** An operation on bytes that may have failed; or memory comes or goes: a write to all of it. */
  private special(at: number): void {
    const { numbers, next } = this;
    const kind = numbers[at]!;
    const agent = numbers[at + 1]!;
    const object = numbers[at + 2]!;
    const argument = numbers[at + 3]!;
    const step = next[agent]!;
    next[agent] = step + stepStride;
    if (looksAt[kind] !== 0) {
      const { seen } = this;
      const place = object << objectBits;
      const present = this.objects[place]! >> groupBits === this.run;
      seen.pairs[seen.length++] = present ? this.objects[place + At.changed]! : 0;
      seen.pairs[seen.length++] = step;
    }
    this.link(object, kind, step, !failed(kind, numbers[at + 4]!, argument));
    if (!isMemory(kind)) return;
    for (let word = object + 1; word <= argument; word++) this.link(word, kind, step, false);
  }

  /** A step that commutes with no other on this object. */
  private link(object: number, kind: number, step: number, changed: boolean): void {
    const { objects, run } = this;
    const place = object << objectBits;
    const present = objects[place]! >> groupBits === run;
    const before = present ? objects[place + At.before]! : 0;
    objects[place] = run << groupBits;
    objects[place + At.before] = step;
    if (changed) objects[place + At.changed] = step;
    else if (!present) objects[place + At.changed] = 0;
    const what = (object << 7) | kind;
    this.one = (this.one + mix(step, before, what, 0x2545f491, 0x7feb352d)) | 0;
    this.other = (this.other + mix(step, before, what, 0x68e31da5, 0x1b873593)) | 0;
  }
}

function isMemory(kind: number): boolean {
  return kind === Kind.retire || kind === Kind.revive;
}

const mix = (step: number, before: number, what: number, by: number, then: number): number => {
  let bits = (Math.imul(step ^ Math.imul(before, by), then) + what) | 0;
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 13);
};
