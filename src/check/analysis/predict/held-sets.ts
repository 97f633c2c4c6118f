import { Mode } from '../../../trace/format/operation.ts';
import type { LockKind } from '../../../trace/format/trace-names.ts';
import { excludes } from '../lock-classes.ts';
import { PairNumbers } from '../pair-numbers.ts';
import type { HeldLock } from './event-setting.ts';

/** One lock of a set, with its mode. */
export interface HeldLockMode {
  readonly lock: number;
  readonly mode: number;
}

/**
 * Sets of held locks by number; equal stacks, equal numbers; 0 is the empty one. A set is the one
 * below it and a lock on top, so that sets are a tree, and cost nothing but their numbers.
 */
export class HeldSets {
  /** A set below; a lock, its mode (two bits) and whether it keeps others out (one bit). */
  private readonly tree = new PairNumbers();

  /** The number of a stack. */
  of(held: readonly HeldLock[]): number {
    let set = 0;
    for (let depth = 0; depth < held.length; depth++) {
      const { lock, mode, class: lockClass } = held[depth]!;
      const keepsOut = keepsOthersOut(lockClass.kind, mode) ? 1 : 0;
      set = this.tree.number(set, lock * 8 + mode * 2 + keepsOut) + 1;
    }
    return set;
  }

  /** The set without the lock on top. */
  below(set: number): number {
    return this.tree.first(set - 1);
  }

  /** The lock on top. */
  top(set: number): number {
    return this.tree.second(set - 1) >> 3;
  }

  /** Its locks, outermost first. */
  set(number: number): readonly HeldLockMode[] {
    const locks: HeldLockMode[] = [];
    for (let set = number; set !== 0; set = this.below(set)) {
      locks.push({ lock: this.top(set), mode: this.mode(set) });
    }
    return locks.reverse();
  }

  has(number: number, lock: number): boolean {
    for (let set = number; set !== 0; set = this.below(set))
      if (this.top(set) === lock) return true;
    return false;
  }

  /** Whether two sets have a lock in common that cannot be held in both at once. */
  exclude(one: number, other: number): boolean {
    for (let mine = one; mine !== 0; mine = this.below(mine)) {
      if (!this.keepsOut(mine)) continue;
      for (let theirs = other; theirs !== 0; theirs = this.below(theirs)) {
        if (this.top(mine) !== this.top(theirs) || !this.keepsOut(theirs)) continue;
        if (this.mode(mine) === Mode.write || this.mode(theirs) === Mode.write) return true;
      }
    }
    return false;
  }

  /**
   * Those locks of a set that keep others out and are also in another one, exclusively where that
   * is asked for.
   */
  common(one: number, other: number, exclusively: boolean): number {
    if (one === 0) return 0;
    const below = this.common(this.below(one), other, exclusively);
    if (!this.keepsOut(one) || !this.holds(other, this.top(one), exclusively)) return below;
    return below === this.below(one) ? one : this.tree.number(below, this.tree.second(one - 1)) + 1;
  }

  /** Forgets all sets; their numbers mean nothing any more. */
  clear(): void {
    this.tree.clear();
  }

  private holds(number: number, lock: number, exclusively: boolean): boolean {
    for (let set = number; set !== 0; set = this.below(set)) {
      if (this.top(set) === lock && (!exclusively || this.mode(set) === Mode.write)) return true;
    }
    return false;
  }

  private mode(set: number): number {
    return (this.tree.second(set - 1) >> 1) & 3;
  }

  private keepsOut(set: number): boolean {
    return (this.tree.second(set - 1) & 1) === 1;
  }
}

/** Readers of a sequence lock keep nobody out, and find out afterwards whether somebody was in. */
export function keepsOthersOut(kind: LockKind, mode: number): boolean {
  return excludes(kind) && (kind !== 'seqlock' || mode === Mode.write);
}
