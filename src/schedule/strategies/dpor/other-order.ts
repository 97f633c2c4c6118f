import { Kind } from '../../../program/kinds.ts';
import {
  agentCountMax,
  completedForAll,
  CompletionAt,
  RefAt,
  RwAt,
} from '../../../program/layout.ts';
import { Access, accessOf, enabledOf } from '../../../program/operation-table.ts';
import { turnAccess, type Footprints } from './footprints.ts';
import type { HappensBefore } from './happens-before.ts';
import type { LateOperation } from './late-operation.ts';
import { longer, mayFail, mayWait, wordsKept, type Steps } from './steps.ts';

/**
 * What can be had before a step, if the latecomer is to come before it: the steps after it that do
 * not follow it, `notdep` in the papers, and whether the latecomer can go then.
 */
export class OtherOrder {
  /** Those steps, in their order. */
  sequence: Int32Array = new Int32Array(256);
  length = 0;
  /** Steps had to be left out, so that the latecomer can go. */
  thinned = false;
  private readonly steps: Steps;
  private readonly order: HappensBefore;
  private readonly footprints: Footprints;
  /** How often an agent is inside of an object. */
  private readonly inside = new Int32Array(agentCountMax + 1);

  constructor(steps: Steps, order: HappensBefore, footprints: Footprints) {
    this.steps = steps;
    this.order = order;
    this.footprints = footprints;
  }

  /**
   * @returns whether the latecomer can go before the step `first`; its access is set
   */
  begin(first: number, late: LateOperation): boolean {
    this.collect(first);
    const waits = mayWait[late.kind] !== 0;
    if (late.kind === Kind.retry) return this.mayRetry(first, late);
    if (late.object !== late.last) return true;
    if (waits && !this.mayGo(first, late)) {
      if (!steadied(this.steps.access[first]!) || !this.thin(late)) return false;
      if (!this.mayGo(first, late)) return false;
    } else if (!waits) {
      if (mayFail[late.kind] === 0) {
        late.access = accessOf[late.kind]!;
        return true;
      }
      this.restore(first, late.object);
    }
    late.access = this.steps.tried(
      late.kind,
      late.agent,
      late.object,
      late.argument,
      late.argument2,
    );
    return true;
  }

  /** Whether the latecomer, with its access as it is now, does not commute with a step. */
  clashes(step: number, late: LateOperation): boolean {
    const { object, last, access } = this.steps;
    return this.footprints.clash(
      object[step]!,
      last[step]!,
      access[step]!,
      late.object,
      late.last,
      late.access,
    );
  }

  /** Whether the latecomer can go after the sequence. */
  private mayGo(first: number, late: LateOperation): boolean {
    this.restore(first, late.object);
    const { kind, agent, object, argument, argument2 } = late;
    return enabledOf[kind]!(this.steps.scratch, agent, object, argument, argument2);
  }

  private collect(first: number): void {
    const { steps, order } = this;
    const { width, clocks } = order;
    const mover = steps.agent[first]!;
    while (steps.length > this.sequence.length) this.sequence = longer(this.sequence);
    this.thinned = false;
    let length = 0;
    for (let step = first + 1; step < steps.length; step++) {
      if (clocks[step * width + mover]! <= first) this.sequence[length++] = step;
    }
    this.length = length;
  }

  /** The scratch words of an object are what they are after the sequence. */
  private restore(first: number, object: number): void {
    const { steps } = this;
    const { scratch } = steps;
    const wide = steps.isWide(first);
    const same = wide ? this.nextOn(first, object) : first;
    for (let word = 0; word < wordsKept; word++) {
      const at = same * wordsKept + word;
      scratch[object + word] = same < 0 ? (steps.memory[object + word] ?? 0) : steps.before[at]!;
    }
    if (!wide && !steadied(steps.access[first]!)) return;
    for (let i = 0; i < this.length; i++) {
      const step = this.sequence[i]!;
      if (steps.object[step] === object && steps.access[step] === Access.share) {
        shareOf(scratch, steps.kind[step]!, object);
      }
    }
  }

  /** The first step on the object that comes later, or -1. */
  private nextOn(first: number, object: number): number {
    const { steps } = this;
    for (let step = first + 1; step < steps.length; step++) {
      if (steps.object[step] === object && !steps.isWide(step)) return step;
    }
    return -1;
  }

  /**
   * A writer cannot go while somebody is inside: leaves out whoever came in and did not go out, and
   * what follows that, until nobody is left.
   *
   * @returns false if the latecomer follows it
   */
  private thin(late: LateOperation): boolean {
    const { kind, object } = late;
    if (kind !== Kind.writeAcquire && kind !== Kind.writeGrant && kind !== Kind.drain) return true;
    const { steps } = this;
    for (;;) {
      this.inside.fill(0);
      for (let i = 0; i < this.length; i++) {
        const step = this.sequence[i]!;
        if (steps.object[step] !== object || steps.access[step] !== Access.share) continue;
        const agent = steps.agent[step]!;
        const way = comesIn(steps.kind[step]!) ? 1 : -1;
        this.inside[agent] = this.inside[agent]! + way;
      }
      const entry = this.lastEntry(object);
      if (entry < 0) return true;
      if (late.previous >= 0 && this.order.before(entry, late.previous)) return false;
      this.leaveOut(entry);
    }
  }

  /** The last step by which an agent came in that did not go out, or -1. */
  private lastEntry(object: number): number {
    const { steps } = this;
    for (let i = this.length - 1; i >= 0; i--) {
      const step = this.sequence[i]!;
      if (steps.object[step] !== object || steps.access[step] !== Access.share) continue;
      if (this.inside[steps.agent[step]!]! > 0 && comesIn(steps.kind[step]!)) return step;
    }
    return -1;
  }

  private leaveOut(entry: number): void {
    this.thinned = true;
    let length = 0;
    for (let i = 0; i < this.length; i++) {
      const step = this.sequence[i]!;
      if (!this.order.before(entry, step)) this.sequence[length++] = step;
    }
    this.length = length;
  }

  /** Whether something else that was read in the turn has changed. */
  private mayRetry(first: number, late: LateOperation): boolean {
    late.access = turnAccess;
    for (let step = late.began; step < first; step++) if (this.wakes(step, late)) return true;
    for (let i = 0; i < this.length; i++) {
      const step = this.sequence[i]!;
      if (step >= late.began && step < late.step && this.wakes(step, late)) return true;
    }
    return false;
  }

  /** Whether the step changes what the agent has read before it in its turn. */
  private wakes(step: number, late: LateOperation): boolean {
    const { agent, object, last, access, previous } = this.steps;
    if (agent[step] === late.agent) return false;
    const clash = this.footprints.clash(
      late.object,
      late.last,
      turnAccess,
      object[step]!,
      last[step]!,
      access[step]!,
    );
    if (!clash) return false;
    for (let own = late.previous; own >= late.began; own = previous[own]!) {
      if (own < step && object[own]! <= last[step]! && object[step]! <= last[own]!) return true;
    }
    return false;
  }
}

/** Whether what commutes with such a step may change what others are allowed. */
function steadied(access: number): boolean {
  return access === Access.share || access === Access.watch;
}

function comesIn(kind: number): boolean {
  return kind === Kind.readAcquire || kind === Kind.readTryAcquire || kind === Kind.refTryAcquire;
}

/** What a sharing step does to the words that decide who can go. */
export function shareOf(memory: Int32Array, kind: number, object: number): void {
  if (kind === Kind.readAcquire || kind === Kind.readTryAcquire) {
    change(memory, object + RwAt.readers, 1);
  } else if (kind === Kind.readRelease) change(memory, object + RwAt.readers, -1);
  else if (kind === Kind.refTryAcquire) change(memory, object + RefAt.count, 1);
  else if (kind === Kind.refRelease) change(memory, object + RefAt.count, -1);
  else if (kind === Kind.completeAll) memory[object + CompletionAt.count] = completedForAll;
  else if (memory[object + CompletionAt.count]! < completedForAll) {
    change(memory, object + CompletionAt.count, 1);
  }
}

function change(memory: Int32Array, word: number, by: number): void {
  memory[word] = memory[word]! + by;
}
