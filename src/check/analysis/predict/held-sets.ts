import { Mode } from '../../../trace/format/operation.ts';
import type { LockKind } from '../../../trace/format/trace-names.ts';
import { excludes } from '../lock-classes.ts';
import { LockChains } from '../order/lock-chains.ts';
import type { HeldEntry } from '../trace-state.ts';

/** One lock of a set, with its mode. */
export interface HeldLockMode {
  readonly lock: number;
  readonly mode: number;
  /** Whether it keeps others out who would hold it in a mode that excludes this one. */
  readonly excludes: boolean;
}

/** Sets of held locks by number; equal stacks, equal numbers; 0 is the empty one. */
export class HeldSets {
  private chains = new LockChains();
  private readonly sets: HeldLockMode[][] = [[]];
  private readonly common = new Map<number, boolean>();

  /** The number of a stack. */
  of(held: readonly HeldEntry[]): number {
    let node = 0;
    for (let depth = 0; depth < held.length; depth++) {
      const entry = held[depth]!;
      const { lock, mode } = entry;
      const below = node;
      node = this.chains.follow(below, lock, -1, mode, false);
      if (!this.chains.isNew) continue;
      const keepsOut = keepsOthersOut(entry.class.kind, mode);
      this.sets[node] = [...this.sets[below]!, { lock, mode, excludes: keepsOut }];
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
            mine.lock === theirs.lock &&
            mine.excludes &&
            theirs.excludes &&
            (mine.mode === Mode.write || theirs.mode === Mode.write),
        ),
      );
      this.common.set(key, known);
    }
    return known;
  }

  /** Forgets all sets; their numbers mean nothing any more. */
  clear(): void {
    this.chains = new LockChains();
    this.sets.length = 1;
    this.common.clear();
  }
}

/** Readers of a sequence lock keep nobody out, and find out afterwards whether somebody was in. */
export function keepsOthersOut(kind: LockKind, mode: number): boolean {
  return excludes(kind) && (kind !== 'seqlock' || mode === Mode.write);
}
