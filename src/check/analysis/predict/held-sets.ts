import { Mode } from '../../../trace/format/operation.ts';
import { LockChains } from '../order/lock-chains.ts';
import type { HeldEntry } from '../trace-state.ts';

/** One lock of a set, with its mode. */
export interface HeldLockMode {
  readonly lock: number;
  readonly mode: number;
}

/** Sets of held locks by number; equal stacks, equal numbers; 0 is the empty one. */
export class HeldSets {
  private readonly chains = new LockChains();
  private readonly sets: HeldLockMode[][] = [[]];
  private readonly common = new Map<number, boolean>();

  /** The number of a stack. */
  of(held: readonly HeldEntry[]): number {
    let node = 0;
    for (let depth = 0; depth < held.length; depth++) {
      const { lock, mode } = held[depth]!;
      const below = node;
      node = this.chains.follow(below, lock, -1, mode, false);
      if (this.chains.isNew) this.sets[node] = [...this.sets[below]!, { lock, mode }];
    }
    return node;
  }

  set(number: number): readonly HeldLockMode[] {
    return this.sets[number]!;
  }

  /** Whether two sets have a lock in common that cannot be held in both at once. */
  exclude(one: number, other: number): boolean {
    if (one === 0 || other === 0) return false;
    const key = one * 2 ** 26 + other;
    let known = this.common.get(key);
    if (known === undefined) {
      known = this.sets[one]!.some((mine) =>
        this.sets[other]!.some(
          (theirs) =>
            mine.lock === theirs.lock && (mine.mode === Mode.write || theirs.mode === Mode.write),
        ),
      );
      this.common.set(key, known);
    }
    return known;
  }
}
