import type { Machine } from '../../../execute/machine.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { Kind } from '../../../program/kinds.ts';
import { Access } from '../../../program/operation-table.ts';
import { turnAccess } from './footprints.ts';
import { Fit, Insertion } from './insertion.ts';
import { LateOperation } from './late-operation.ts';
import { OtherOrder } from './other-order.ts';
import type { Parts } from './parts.ts';
import { mayWait } from './steps.ts';

/**
 * Looks at all races of an execution and puts what the other order asks for into the wakeup trees:
 * Abdulla, Aronis, Jonsson, Sagonas, "Source Sets", JACM 64(4), 2017, section 5.
 *
 * It differs from there in this: a sequence goes into the tree only up to where nobody sleeps any
 * more (what follows is explored anyway, and nothing of it twice); and a race that an agent in
 * sleep, or a sequence in the tree, makes superfluous for as long as the steps up to some point
 * stay is not looked at again until they change.
 */
export class Reversals {
  private readonly parts: Parts;
  private readonly other: OtherOrder;
  private readonly late = new LateOperation();
  private readonly insertion: Insertion;

  constructor(parts: Parts) {
    this.parts = parts;
    this.other = new OtherOrder(parts.steps, parts.order, parts.footprints);
    this.insertion = new Insertion(parts, this.other, this.late);
  }

  /** The execution is over. */
  reverseAll(machine: Machine): void {
    const { steps, order } = this.parts;
    let race = 0;
    for (let step = 0; step < steps.length; step++) {
      const end = order.raceEnds[step]!;
      let taken = false;
      for (; race < end; race++) {
        if (order.settled[race]! >= 0) continue;
        if (!taken) this.late.take(steps, step);
        taken = true;
        order.settled[race] = this.reverse(order.races[race]!);
      }
    }
    const stuck = machine.alive & ~machine.enabled;
    for (let left = stuck; left !== 0; left &= left - 1) this.reverseStuck(machine, firstOf(left));
  }

  /** An agent that waits to the end could have gone before what it waits for. */
  private reverseStuck(machine: Machine, agent: number): void {
    const { steps, order, footprints } = this.parts;
    const { late } = this;
    if (mayWait[machine.pendingKind[agent]!] === 0) return;
    late.takeStuck(steps, machine, agent);
    if (late.kind === Kind.retry) {
      const { began, reads } = machine.turnOf(agent);
      late.object = footprints.turn(reads);
      late.last = late.object;
      late.access = turnAccess;
      late.began = began;
    }
    const { access } = late;
    for (let first = steps.length - 1; first >= 0; first--) {
      if (steps.agent[first] === agent) continue;
      if (late.previous >= 0 && order.before(first, late.previous)) continue;
      late.access = access;
      if (this.other.clashes(first, late)) this.reverse(first);
    }
  }

  /**
   * The latecomer, and what it needs, is to come before `first`.
   *
   * @returns up to which step the execution must stay for this to be done with, or -1: for no other
   */
  private reverse(first: number): number {
    const { late, other, parts } = this;
    const { steps, claims } = parts;
    if (!other.begin(first, late)) {
      return steps.access[first] === Access.write && !steps.isWide(first) ? late.step : -1;
    }
    const sleeper = this.isClaimed(first, claims.asleep[first]!);
    if (sleeper !== Fit.none) return other.thinned ? -1 : sleeper;
    const upTo = this.insertion.insert(first);
    return other.thinned ? -1 : upTo;
  }

  /**
   * Whether one of these sleepers could begin the sequence, so that all of its continuations have
   * been explored.
   *
   * @returns up to which step that is so; `commutes` if it may be otherwise next time; or `none`
   */
  private isClaimed(depth: number, sleepers: number): number {
    const { steps, claims } = this.parts;
    const { late } = this;
    const { sequence, length } = this.other;
    const { agent, object, last, access } = steps;
    let open = sleepers;
    for (let i = 0; i < length && open !== 0; i++) {
      const step = sequence[i]!;
      if ((open & (1 << agent[step]!)) !== 0) return Math.max(step, late.step);
      open = claims.after(depth, open, agent[step]!, object[step]!, last[step]!, access[step]!);
    }
    if (open === 0) return Fit.none;
    if ((open & (1 << late.agent)) !== 0) return late.step;
    open = claims.after(depth, open, late.agent, late.object, late.last, late.access);
    return open === 0 ? Fit.none : Fit.commutes;
  }
}
