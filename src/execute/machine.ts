import { Kind } from '../program/kinds.ts';
import {
  accessesCommute,
  Access,
  accessOf,
  effectOf,
  enabledOf,
  failed,
  Failure,
  followUpOf,
  notGranted,
  operationTable,
} from '../program/operation-table.ts';
import { agentCountMax } from '../program/layout.ts';
import type { EventSink } from '../trace/event.ts';
import type { Alike } from './alike.ts';
import type { Histories } from './histories.ts';
import { RetryLoops, type TurnRead } from './retry-loops.ts';

/** What `perform` asks of a kind, as bits, so that one look answers all. */
const Trait = { blocks: 1, changes: 2, mayFail: 4, queues: 8, idles: 16 } as const;

const traitsOf = Int32Array.from(operationTable, (row) => {
  let traits = 0;
  if (row.enabled !== undefined) traits |= Trait.blocks;
  if (row.access >= Access.share) traits |= Trait.changes;
  if (row.failure !== Failure.never) traits |= Trait.mayFail;
  if (row.followUp !== Kind.none) traits |= Trait.queues;
  if (row.access === Access.none) traits |= Trait.idles;
  return traits;
});

/**
 * The state of one execution: which operation each agent is at, who can go, and the effects. It
 * follows the operation table and knows nothing of strategies or of how agents are suspended.
 */
export class Machine {
  /** The arena's words. */
  readonly memory: Int32Array;
  /** The operation that each agent is at; kind 0: none (not begun, or ended). */
  readonly pendingKind: Int32Array = new Int32Array(agentCountMax + 1);
  readonly pendingObject: Int32Array = new Int32Array(agentCountMax + 1);
  readonly pendingArgument: Int32Array = new Int32Array(agentCountMax + 1);
  readonly pendingArgument2: Int32Array = new Int32Array(agentCountMax + 1);
  /** Agents whose operation can be performed now. */
  enabled = 0;
  /** Agents that have not ended. */
  alive = 0;
  /** Operations performed in this execution. */
  steps = 0;
  /** Virtual time in milliseconds. */
  clock = 0;
  /** For each agent the object that its last failed try was about, until one succeeds; else 0. */
  readonly turnedAway: Int32Array = new Int32Array(agentCountMax + 1);
  /** Agents that have marked progress (`progress`), until somebody takes them out. */
  progressed = 0;
  /** What each agent has observed; undefined unless a strategy asks for it. */
  histories: Histories | undefined;
  /** Which agents cannot tell themselves apart; undefined: nobody knows. */
  alike: Alike | undefined;
  /**
   * Whether operations that commute with each other may keep others out (`sharersExclude` in
   * `execute/program.ts`); true also if that is not known.
   */
  sharersExclude = true;
  /** Receives what happens; undefined while checks are off. */
  sink: EventSink | undefined;

  /** For each object: agents that are at an operation on it which may have to wait. */
  private readonly watchers: Int32Array;
  private readonly loops: RetryLoops;
  /** How many operations had been performed when the agent's turn of a retry loop began. */
  private readonly turnBegan = new Int32Array(agentCountMax + 1);

  constructor(memory: Int32Array) {
    this.memory = memory;
    this.watchers = new Int32Array(memory.length);
    this.loops = new RetryLoops(memory.length);
  }

  begin(agents: number): void {
    for (let agent = 0; agent < agents; agent++) {
      const kind = this.pendingKind[agent]!;
      if (kind !== 0) this.watchers[this.pendingObject[agent]!] = 0;
      this.pendingKind[agent] = 0;
      this.turnedAway[agent] = 0;
    }
    if (this.loops.active !== 0) {
      this.watchers.fill(0);
      this.loops.begin();
    }
    this.enabled = 0;
    this.alive = (1 << agents) - 1;
    this.clock = 0;
    this.steps = 0;
    this.progressed = 0;
    this.histories?.begin(agents);
  }

  /** The agent is now at this operation. */
  pend(agent: number, kind: number, object: number, argument: number, argument2: number): void {
    this.pendingKind[agent] = kind;
    this.pendingObject[agent] = object;
    this.pendingArgument[agent] = argument;
    this.pendingArgument2[agent] = argument2;
    const bit = 1 << agent;
    if ((traitsOf[kind]! & Trait.blocks) === 0 && kind !== Kind.retry) {
      this.enabled |= bit;
      return;
    }
    if (kind === Kind.retry) {
      this.pendRetry(agent, bit);
      return;
    }
    this.watchers[object] = this.watchers[object]! | bit;
    if (enabledOf[kind]!(this.memory, agent, object, argument, argument2)) {
      this.enabled |= bit;
    } else {
      this.enabled &= ~bit;
      // One that is not spawned yet does not wait: it is not there.
      if (this.sink !== undefined && kind !== Kind.begin)
        this.sink.event(Kind.wait, agent, object, kind, 0);
    }
  }

  /** Performs an annotation: no step, only an event. */
  annotate(agent: number, kind: number, object: number, argument: number): void {
    if (kind === Kind.attempt) {
      this.loops.attempt(agent);
      this.turnBegan[agent] = this.steps;
    } else if (kind === Kind.progress) {
      this.progressed |= 1 << agent;
    } else if (kind === Kind.forget) {
      this.histories?.forget(agent, object === 0 ? undefined : argument);
      if ((this.loops.active & (1 << agent)) !== 0) this.annotate(agent, Kind.attempt, 0, 0);
    } else if (this.sink !== undefined) {
      this.sink.event(kind, agent, object, argument, 0);
    }
  }

  /**
   * Performs the operation that the agent is at; it must be enabled, or timed.
   *
   * @returns its result, or `notGranted` if the agent has queued and is now at the follow-up
   */
  perform(agent: number): number {
    const kind = this.pendingKind[agent]!;
    const object = this.pendingObject[agent]!;
    const argument = this.pendingArgument[agent]!;
    const trait = traitsOf[kind]!;
    this.steps++;
    const result = effectOf[kind]!(
      this.memory,
      agent,
      object,
      argument,
      this.pendingArgument2[agent]!,
    );
    const bit = 1 << agent;
    this.enabled &= ~bit;
    this.pendingKind[agent] = 0;
    if ((trait & Trait.blocks) !== 0) this.watchers[object] = this.watchers[object]! & ~bit;
    if (this.sink !== undefined) this.sink.event(kind, agent, object, argument, result);
    if (this.histories !== undefined) this.histories.note(agent, kind, object, argument, result);
    if ((trait & Trait.changes) !== 0) {
      const mayFail = (trait & Trait.mayFail) !== 0;
      const changed = !mayFail || !failed(kind, result, argument);
      if (mayFail) this.noteTry(agent, object, changed);
      if (this.loops.active !== 0) {
        const last = isMemory(kind) ? argument : object;
        this.loops.noteChange(agent, accessOf[kind]!, object, last, changed);
        // Of memory that goes or comes, retries may have read any word.
        for (let word = object + 1; word <= last; word++) {
          if (this.watchers[word] !== 0) this.refresh(word);
        }
      }
      if (changed && this.watchers[object] !== 0) this.refresh(object);
    } else {
      if ((trait & Trait.idles) !== 0) this.clock += argument;
      if (kind === Kind.retry) this.endRetry(agent);
      else if (this.loops.active !== 0) this.loops.noteRead(agent, object);
    }
    if ((trait & Trait.queues) !== 0 && result === notGranted) {
      this.pend(agent, followUpOf[kind]!, object, argument, 0);
    }
    return result;
  }

  private noteTry(agent: number, object: number, changed: boolean): void {
    const { turnedAway } = this;
    if (!changed) turnedAway[agent] = object;
    else if (turnedAway[agent] === object) turnedAway[agent] = 0;
  }

  /**
   * Whether the try that an agent is at would succeed now.
   *
   * @param scratch - as long as the memory; overwritten
   */
  wouldSucceed(agent: number, scratch: Int32Array): boolean {
    const result = this.tryOut(agent, scratch);
    return !failed(this.pendingKind[agent]!, result, this.pendingArgument[agent]!);
  }

  /** Whether the operation that an agent is at would let in one who waits for its object. */
  wouldLetIn(agent: number, scratch: Int32Array): boolean {
    const object = this.pendingObject[agent]!;
    let waiting = this.watchers[object]! & ~this.enabled & ~(1 << agent);
    if (waiting === 0) return false;
    this.tryOut(agent, scratch);
    for (; waiting !== 0; waiting &= waiting - 1) {
      const other = 31 - Math.clz32(waiting & -waiting);
      const enabled = enabledOf[this.pendingKind[other]!];
      const argument = this.pendingArgument[other]!;
      const argument2 = this.pendingArgument2[other]!;
      if (enabled?.(scratch, other, object, argument, argument2) === true) return true;
    }
    return false;
  }

  /** Performs the operation that an agent is at on a copy of the memory; gives its result. */
  private tryOut(agent: number, scratch: Int32Array): number {
    scratch.set(this.memory);
    const effect = effectOf[this.pendingKind[agent]!]!;
    const object = this.pendingObject[agent]!;
    const argument = this.pendingArgument[agent]!;
    return effect(scratch, agent, object, argument, this.pendingArgument2[agent]!);
  }

  /** The agent has ended. */
  exit(agent: number): void {
    this.alive &= ~(1 << agent);
    this.enabled &= ~(1 << agent);
    this.pendingKind[agent] = 0;
    if (this.sink !== undefined) this.sink.event(Kind.exit, agent, 0, 0, 0);
  }

  /** Where nobody can go: whether nobody is stuck, as all have ended, or were never spawned. */
  get over(): boolean {
    for (let left = this.alive; left !== 0; left &= left - 1) {
      if (this.pendingKind[31 - Math.clz32(left & -left)] !== Kind.begin) return false;
    }
    return true;
  }

  /** Agents in a retry loop of which something that they have read in this turn has changed. */
  get stale(): number {
    let stale = 0;
    for (let left = this.loops.active & this.alive; left !== 0; left &= left - 1) {
      const bit = left & -left;
      if (this.loops.mayGoOn(31 - Math.clz32(bit))) stale |= bit;
    }
    return stale;
  }

  /** What a change must touch to let the agent's retry go on; nothing if it may go on anyway. */
  turnOf(agent: number): { readonly began: number; readonly reads: readonly TurnRead[] } {
    return { began: this.turnBegan[agent]!, reads: this.loops.turn(agent) };
  }

  /**
   * Whether the operations that two agents are at may not be swapped: swapping them could change
   * something.
   */
  dependent(one: number, other: number): boolean {
    const kind = this.pendingKind[one]!;
    const otherKind = this.pendingKind[other]!;
    const { loops } = this;
    if (kind === Kind.retry) {
      return loops.hasRead(one, this.pendingObject[other]!, accessOf[otherKind]!);
    }
    if (otherKind === Kind.retry) {
      return loops.hasRead(other, this.pendingObject[one]!, accessOf[kind]!);
    }
    if (isMemory(kind) || isMemory(otherKind)) return this.overlap(one, other);
    if (this.pendingObject[one] !== this.pendingObject[other]) return false;
    return !accessesCommute(accessOf[kind]!, accessOf[otherKind]!);
  }

  private overlap(one: number, other: number): boolean {
    const end = (agent: number): number =>
      isMemory(this.pendingKind[agent]!)
        ? this.pendingArgument[agent]!
        : this.pendingObject[agent]!;
    if (
      accessOf[this.pendingKind[one]!] === Access.none ||
      accessOf[this.pendingKind[other]!] === Access.none
    ) {
      return false;
    }
    return this.pendingObject[one]! <= end(other) && this.pendingObject[other]! <= end(one);
  }

  /** Looks again whether the agents at this object can go. */
  private refresh(object: number): void {
    for (let left = this.watchers[object]!; left !== 0; left &= left - 1) {
      const bit = left & -left;
      const agent = 31 - Math.clz32(bit);
      const kind = this.pendingKind[agent]!;
      const before = this.enabled & bit;
      if (kind === Kind.retry) {
        if (this.loops.mayGoOn(agent)) this.enabled |= bit;
        continue;
      }
      const argument = this.pendingArgument[agent]!;
      if (enabledOf[kind]!(this.memory, agent, object, argument, this.pendingArgument2[agent]!)) {
        this.enabled |= bit;
      } else if (before !== 0) {
        this.enabled &= ~bit;
        if (this.sink !== undefined) this.sink.event(Kind.wait, agent, object, kind, 0);
      }
    }
  }

  /** The agent is at a retry: it waits until something that it read has changed. */
  private pendRetry(agent: number, bit: number): void {
    const { loops } = this;
    if (loops.mayGoOn(agent)) {
      this.enabled |= bit;
      return;
    }
    this.enabled &= ~bit;
    for (let i = 0; i < loops.count(agent); i++) {
      const object = loops.object(agent, i);
      this.watchers[object] = this.watchers[object]! | bit;
    }
    if (this.sink !== undefined) this.sink.event(Kind.wait, agent, 0, Kind.retry, 0);
  }

  /** The agent goes round its retry loop. */
  private endRetry(agent: number): void {
    const { loops } = this;
    for (let i = 0; i < loops.count(agent); i++) {
      const object = loops.object(agent, i);
      this.watchers[object] = this.watchers[object]! & ~(1 << agent);
    }
    loops.forget(agent);
  }
}

function isMemory(kind: number): boolean {
  return kind === Kind.retire || kind === Kind.revive;
}
