import { agentCountMax } from '../../../program/layout.ts';
import { Claims } from './claims.ts';
import type { LateOperation } from './late-operation.ts';
import type { OtherOrder } from './other-order.ts';
import type { Parts } from './parts.ts';
import { longer } from './steps.ts';
import { NodeAt } from './wakeup-trees.ts';

/** What a sequence is to an agent that would be first, where it has no step of the agent's. */
export const Fit = { none: -2, commutes: -1 } as const;

/**
 * Puts sequences into wakeup trees, but only up to where nobody sleeps any more. Nearly all turn
 * out to be there already, so who would sleep is found out for those only that are not.
 */
export class Insertion {
  private readonly parts: Parts;
  private readonly other: OtherOrder;
  private readonly late: LateOperation;
  /** The sequence, by column, the latecomer as its last. */
  private agent: Int32Array = new Int32Array(256);
  private object: Int32Array = new Int32Array(256);
  private last: Int32Array = new Int32Array(256);
  private access: Int32Array = new Int32Array(256);
  /** Places in the sequence that no node on the way down has matched, in order. */
  private left: Int32Array = new Int32Array(256);
  private leftCount = 0;
  /** The agents of the sequence. */
  private movers = 0;
  /** The nodes on the way down. */
  private path: Int32Array = new Int32Array(256);
  private pathLength = 0;
  /** Who would sleep at a node of a tree. */
  private readonly sleepers: Claims;
  private asleep = 0;
  private readonly clock: Int32Array = new Int32Array(agentCountMax + 1);
  private tail = 0;
  private sibling = 0;

  constructor(parts: Parts, other: OtherOrder, late: LateOperation) {
    this.parts = parts;
    this.other = other;
    this.late = late;
    this.sleepers = new Claims(parts.footprints);
  }

  /**
   * Goes down the tree of a depth as far as the sequence has been put there already, and adds the
   * rest.
   *
   * @returns up to which step the execution must stay for the race to need no more looking at, or
   * -1: for no other
   */
  insert(depth: number): number {
    const { late } = this;
    const { cells } = this.parts.trees;
    const { sequence, length } = this.other;
    this.spread();
    let upTo = late.step;
    let before = 0;
    for (let node = this.parts.pending[depth]!; node !== 0;) {
      const fit = this.fitOf(cells, node);
      if (fit === Fit.none) {
        before = node;
        node = cells[node + NodeAt.next]!;
        continue;
      }
      if (fit === Fit.commutes) upTo = Infinity;
      else {
        const place = this.left[fit]!;
        if (place !== length) upTo = Math.max(upTo, sequence[place]!);
        this.drop(fit);
      }
      if (this.pathLength === this.path.length) this.path = longer(this.path);
      this.path[this.pathLength++] = node;
      before = 0;
      node = cells[node + NodeAt.child]!;
      if (node === 0) return upTo === Infinity ? -1 : upTo;
    }
    const { ancestors } = this.parts;
    if (depth < ancestors.floor) return ancestors.insert(this.parts, depth, this.other, late);
    this.sleepAlong(depth);
    this.sibling = before;
    const added = this.append(depth);
    return upTo === Infinity ? -1 : Math.max(upTo, added);
  }

  /** Nothing of the sequence is matched. */
  private spread(): void {
    const { steps } = this.parts;
    const { late } = this;
    const { sequence, length } = this.other;
    while (length >= this.left.length) this.widen();
    const { agent, object, last, access, left } = this;
    this.movers = 1 << late.agent;
    for (let i = 0; i < length; i++) {
      const step = sequence[i]!;
      this.movers |= 1 << steps.agent[step]!;
      agent[i] = steps.agent[step]!;
      object[i] = steps.object[step]!;
      last[i] = steps.last[step]!;
      access[i] = steps.access[step]!;
      left[i] = i;
    }
    agent[length] = late.agent;
    object[length] = late.object;
    last[length] = late.last;
    access[length] = late.access;
    left[length] = length;
    this.leftCount = length + 1;
    this.pathLength = 0;
  }

  private widen(): void {
    this.agent = longer(this.agent);
    this.object = longer(this.object);
    this.last = longer(this.last);
    this.access = longer(this.access);
    this.left = longer(this.left);
  }

  /** At which of what is left of the sequence it lets the node's agent be the first. */
  private fitOf(cells: Int32Array, node: number): number {
    const { left, leftCount, agent, object, last, access } = this;
    const { footprints } = this.parts;
    const mover = cells[node + NodeAt.agent]!;
    const touched = cells[node + NodeAt.object]!;
    const end = cells[node + NodeAt.last]!;
    const way = cells[node + NodeAt.access]!;
    const known = (this.movers & (1 << mover)) !== 0;
    // Who is not in the sequence most often clashes with its last, the latecomer.
    for (let k = 0; k < leftCount; k++) {
      const i = known ? k : leftCount - 1 - k;
      const place = left[i]!;
      if (agent[place] === mover) return i;
      if (footprints.clash(touched, end, way, object[place]!, last[place]!, access[place]!)) {
        return Fit.none;
      }
    }
    return Fit.commutes;
  }

  private drop(at: number): void {
    const { left } = this;
    const count = --this.leftCount;
    for (let i = at; i < count; i++) left[i] = left[i + 1]!;
  }

  /**
   * Who would sleep after the way down. At the depth there sleep those who do so anyway, and the
   * one that is explored there now; further down whoever comes before the way in the tree.
   */
  private sleepAlong(depth: number): void {
    const { claims, steps, trees, pending } = this.parts;
    const { sleepers, path, pathLength } = this;
    sleepers.clear(0);
    claims.lend(depth, sleepers);
    const { agent, object, last, access } = steps;
    sleepers.add(0, agent[depth]!, object[depth]!, last[depth]!, access[depth]!);
    this.asleep = sleepers.asleep[0]!;
    this.tail = 0;
    let node = pending[depth]!;
    for (let level = 0; level <= pathLength; level++) {
      const way = level < pathLength ? path[level]! : 0;
      for (; node !== way; node = trees.cells[node + NodeAt.next]!) this.fallAsleep(node);
      if (way === 0) return;
      this.tail = way;
      this.wakeBy(way);
      node = trees.cells[way + NodeAt.child]!;
    }
  }

  private fallAsleep(node: number): void {
    const { cells } = this.parts.trees;
    const agent = cells[node + NodeAt.agent]!;
    const object = cells[node + NodeAt.object]!;
    const last = cells[node + NodeAt.last]!;
    this.sleepers.add(0, agent, object, last, cells[node + NodeAt.access]!);
    this.asleep |= 1 << agent;
  }

  private wakeBy(node: number): void {
    const { cells } = this.parts.trees;
    this.asleep = this.sleepers.after(
      0,
      this.asleep,
      cells[node + NodeAt.agent]!,
      cells[node + NodeAt.object]!,
      cells[node + NodeAt.last]!,
      cells[node + NodeAt.access]!,
    );
  }

  /**
   * Adds what is left of the sequence: first what the latecomer needs, then it, then the rest; but
   * only until nobody sleeps.
   *
   * @returns the last step of the execution that is in it
   */
  private append(depth: number): number {
    const { sequence, length } = this.other;
    const { steps } = this.parts;
    const { left, leftCount } = this;
    const lateIsLeft = leftCount > 0 && left[leftCount - 1] === length;
    const count = lateIsLeft ? leftCount - 1 : leftCount;
    let upTo = -1;
    if (lateIsLeft) {
      this.clockOfLate();
      for (let i = 0; i < count; i++) {
        const place = left[i]!;
        const step = sequence[place]!;
        const needed = this.clock[steps.agent[step]!]! > step;
        if (!needed) continue;
        left[i] = -1;
        upTo = Math.max(upTo, step);
        if (this.link(place, depth)) return upTo;
      }
      if (this.link(length, depth)) return upTo;
    }
    for (let i = 0; i < count; i++) {
      const place = left[i]!;
      if (place < 0) continue;
      upTo = Math.max(upTo, sequence[place]!);
      if (this.link(place, depth)) return upTo;
    }
    return upTo;
  }

  /** Which steps the latecomer follows, in the other order. */
  private clockOfLate(): void {
    const { late, clock } = this;
    const { sequence, length } = this.other;
    const { steps } = this.parts;
    clock.fill(0);
    if (late.previous >= 0) this.join(late.previous);
    for (let i = 0; i < length; i++) {
      const step = sequence[i]!;
      const known = step >= late.step || clock[steps.agent[step]!]! > step;
      if (!known && this.other.clashes(step, late)) this.join(step);
    }
  }

  private join(step: number): void {
    const { clock } = this;
    const { width, clocks } = this.parts.order;
    for (let i = 0, from = step * width; i < width; i++) {
      if (clocks[from + i]! > clock[i]!) clock[i] = clocks[from + i]!;
    }
  }

  /** A node for a place in the sequence, after those that are there; whether nobody sleeps then. */
  private link(place: number, depth: number): boolean {
    const { trees, steps, pending } = this.parts;
    const { late } = this;
    const { sequence, length } = this.other;
    const { agent, object, last, access } = this;
    const kind = place === length ? late.kind : steps.kind[sequence[place]!]!;
    const node = trees.add(agent[place]!, kind, object[place]!, last[place]!, access[place]!);
    if (this.sibling !== 0) trees.cells[this.sibling + NodeAt.next] = node;
    else if (this.tail !== 0) trees.cells[this.tail + NodeAt.child] = node;
    else pending[depth] = node;
    this.tail = node;
    this.sibling = 0;
    this.wakeBy(node);
    return this.asleep === 0;
  }
}
