import type { Machine } from '../../../execute/machine.ts';
import { agentCountMax } from '../../../program/layout.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { Kind } from '../../../program/kinds.ts';
import { Access, accessOf } from '../../../program/operation-table.ts';
import { Claims } from './claims.ts';
import { turnAccess } from './footprints.ts';
import { OtherOrder, type Latecomer } from './other-order.ts';
import type { Parts } from './parts.ts';
import { mayWait } from './steps.ts';

/** What a sequence is to an agent that would be first, where it has no step of the agent's. */
const Fit = { none: -2, commutes: -1 } as const;

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
  private readonly late: Latecomer = {
    agent: 0,
    kind: 0,
    argument: 0,
    argument2: 0,
    object: 0,
    last: 0,
    access: 0,
    previous: 0,
    step: 0,
    began: 0,
  };
  /** Whether a step of the sequence has been matched on the way down a tree. */
  private matched = new Uint8Array(256);
  private lateMatched = false;
  /** Who would sleep at a node of a tree. */
  private readonly sleepers: Claims;
  private readonly clock: Int32Array;
  private asleep = 0;
  /** Sequences put into trees. */
  added = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.other = new OtherOrder(parts.steps, parts.order, parts.footprints);
    this.sleepers = new Claims(parts.footprints);
    this.clock = new Int32Array(agentCountMax + 1);
  }

  /** The execution is over. */
  reverseAll(machine: Machine): void {
    const { steps, order } = this.parts;
    while (this.matched.length < steps.length) {
      this.matched = new Uint8Array(this.matched.length * 2);
    }
    let race = 0;
    for (let step = 0; step < steps.length; step++) {
      const end = order.raceEnds[step]!;
      let taken = false;
      for (; race < end; race++) {
        if (order.settled[race]! >= 0) continue;
        if (!taken) this.take(step);
        taken = true;
        order.settled[race] = this.reverse(order.races[race]!);
      }
    }
    const stuck = machine.alive & ~machine.enabled;
    for (let left = stuck; left !== 0; left &= left - 1) this.reverseStuck(machine, firstOf(left));
  }

  /** The latecomer is a step. */
  private take(step: number): void {
    const { steps } = this.parts;
    const { late } = this;
    late.agent = steps.agent[step]!;
    late.kind = steps.kind[step]!;
    late.argument = steps.argument[step]!;
    late.argument2 = steps.argument2[step]!;
    late.object = steps.object[step]!;
    late.last = steps.last[step]!;
    late.access = steps.access[step]!;
    late.previous = steps.previous[step]!;
    late.began = steps.began[step]!;
    late.step = step;
  }

  /** An agent that waits to the end could have gone before what it waits for. */
  private reverseStuck(machine: Machine, agent: number): void {
    const { steps, order, footprints } = this.parts;
    const { late } = this;
    const kind = machine.pendingKind[agent]!;
    if (mayWait[kind] === 0) return;
    late.agent = agent;
    late.kind = kind;
    late.argument = machine.pendingArgument[agent]!;
    late.argument2 = machine.pendingArgument2[agent]!;
    late.object = machine.pendingObject[agent]!;
    late.access = accessOf[kind]!;
    late.previous = steps.lastOf[agent]!;
    late.step = steps.length;
    if (kind === Kind.retry) {
      const { began, reads } = machine.turnOf(agent);
      late.object = footprints.turn(reads);
      late.access = turnAccess;
      late.began = began;
    }
    late.last = late.object;
    const { access } = late;
    for (let first = steps.length - 1; first >= 0; first--) {
      if (steps.agent[first] === agent) continue;
      if (late.previous >= 0 && order.before(first, late.previous)) continue;
      late.access = access;
      if (this.clashes(first)) this.reverse(first);
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
    const upTo = this.insert(first);
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

  /** Goes down the tree as far as the sequence has been put there already, and adds the rest. */
  private insert(depth: number): number {
    const { late } = this;
    const { trees, claims } = this.parts;
    const { sequence, length } = this.other;
    this.matched.fill(0, 0, length);
    this.lateMatched = false;
    this.beginSleep(depth, claims);
    let upTo = late.step;
    let parent = 0;
    let before = 0;
    for (let node = this.parts.pending[depth]!; node !== 0;) {
      const fit = this.fitOf(node);
      if (fit === Fit.none) {
        this.fallAsleep(node);
        before = node;
        node = trees.next[node]!;
        continue;
      }
      if (fit === Fit.commutes) upTo = Infinity;
      else if (fit === length) this.lateMatched = true;
      else {
        this.matched[fit] = 1;
        upTo = Math.max(upTo, sequence[fit]!);
      }
      this.wakeBy(trees.agent[node]!, trees.object[node]!, trees.last[node]!, trees.access[node]!);
      parent = node;
      before = 0;
      node = trees.child[node]!;
      if (node === 0) return upTo === Infinity ? -1 : upTo;
    }
    this.added++;
    const { ancestors } = this.parts;
    if (depth < ancestors.floor) return ancestors.insert(this.parts, depth, this.other, late);
    const added = this.append(depth, parent, before);
    return upTo === Infinity ? -1 : Math.max(upTo, added);
  }

  /** At which of its steps the sequence lets the node's agent be the first. */
  private fitOf(node: number): number {
    const { trees, steps } = this.parts;
    const { sequence, length } = this.other;
    const { late, matched } = this;
    const agent = trees.agent[node]!;
    for (let i = 0; i < length; i++) {
      if (matched[i] !== 0) continue;
      const step = sequence[i]!;
      if (steps.agent[step] === agent) return i;
      const clash = this.meets(node, steps.object[step]!, steps.last[step]!, steps.access[step]!);
      if (clash) return Fit.none;
    }
    if (this.lateMatched) return Fit.commutes;
    if (late.agent === agent) return length;
    return this.meets(node, late.object, late.last, late.access) ? Fit.none : Fit.commutes;
  }

  private meets(node: number, object: number, last: number, access: number): boolean {
    const { trees, footprints } = this.parts;
    return footprints.clash(
      trees.object[node]!,
      trees.last[node]!,
      trees.access[node]!,
      object,
      last,
      access,
    );
  }

  /**
   * Adds what is left of the sequence: first what the latecomer needs, then it, then the rest; but
   * only until nobody sleeps.
   *
   * @returns the last step of the execution that is in it
   */
  private append(depth: number, parent: number, sibling: number): number {
    const { sequence, length } = this.other;
    const { steps } = this.parts;
    this.clockOfLate();
    let tail = parent;
    let before = sibling;
    let upTo = -1;
    const add = (at: number): boolean => {
      tail = this.link(at, depth, tail, before);
      before = 0;
      if (at < length) upTo = Math.max(upTo, sequence[at]!);
      return this.asleep === 0;
    };
    for (let i = 0; i < length; i++) {
      const step = sequence[i]!;
      const needed = this.clock[steps.agent[step]!]! > step;
      if (this.matched[i] !== 0 || this.lateMatched || !needed) continue;
      this.matched[i] = 1;
      if (add(i)) return upTo;
    }
    if (!this.lateMatched && add(length)) return upTo;
    for (let i = 0; i < length; i++) if (this.matched[i] === 0 && add(i)) return upTo;
    return upTo;
  }

  /** Which steps the latecomer follows, in the other order. */
  private clockOfLate(): void {
    const { steps, order } = this.parts;
    const { late, clock } = this;
    const { sequence, length } = this.other;
    const { width, clocks } = order;
    clock.fill(0);
    const join = (step: number): void => {
      for (let i = 0; i < width; i++) clock[i] = Math.max(clock[i]!, clocks[step * width + i]!);
    };
    if (late.previous >= 0) join(late.previous);
    for (let i = 0; i < length; i++) {
      const step = sequence[i]!;
      if (step < late.step && clock[steps.agent[step]!]! <= step && this.clashes(step)) join(step);
    }
  }

  private clashes(step: number): boolean {
    const { steps, footprints } = this.parts;
    const { late } = this;
    return footprints.clash(
      steps.object[step]!,
      steps.last[step]!,
      steps.access[step]!,
      late.object,
      late.last,
      late.access,
    );
  }

  private link(at: number, depth: number, parent: number, sibling: number): number {
    const { trees, steps, pending } = this.parts;
    const { late } = this;
    const step = at < this.other.length ? this.other.sequence[at]! : -1;
    const node =
      step < 0
        ? trees.add(late.agent, late.kind, late.object, late.last, late.access)
        : trees.add(
            steps.agent[step]!,
            steps.kind[step]!,
            steps.object[step]!,
            steps.last[step]!,
            steps.access[step]!,
          );
    if (sibling !== 0) trees.next[sibling] = node;
    else if (parent !== 0) trees.child[parent] = node;
    else pending[depth] = node;
    this.wakeBy(trees.agent[node]!, trees.object[node]!, trees.last[node]!, trees.access[node]!);
    return node;
  }

  /** At a depth there sleep those who do so anyway, and the one that is explored there now. */
  private beginSleep(depth: number, claims: Claims): void {
    const { sleepers } = this;
    const { steps } = this.parts;
    sleepers.clear(0);
    claims.lend(depth, sleepers);
    sleepers.add(
      0,
      steps.agent[depth]!,
      steps.object[depth]!,
      steps.last[depth]!,
      steps.access[depth]!,
    );
    this.asleep = sleepers.asleep[0]!;
  }

  private fallAsleep(node: number): void {
    const { trees } = this.parts;
    const agent = trees.agent[node]!;
    this.sleepers.add(0, agent, trees.object[node]!, trees.last[node]!, trees.access[node]!);
    this.asleep |= 1 << agent;
  }

  private wakeBy(agent: number, object: number, last: number, access: number): void {
    this.asleep = this.sleepers.after(0, this.asleep, agent, object, last, access);
  }
}
