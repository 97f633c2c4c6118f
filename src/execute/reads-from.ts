import { Access, accessOf } from '../program/operation-table.ts';
import { Kind } from '../program/kinds.ts';
import { NumberSet } from './number-set.ts';

/** Pairs that are remembered. */
const pairsMax = 1 << 18;
/** Numbers of steps that are told apart: 65,536 of each agent. */
const stepsMax = 1 << 21;

/** Kinds that change their object without looking at it. */
const blind = new Set<number>([
  Kind.write,
  Kind.store,
  Kind.bytesWrite,
  Kind.bytesStore,
  Kind.send,
  Kind.release,
  Kind.readRelease,
  Kind.writeRelease,
  Kind.refRelease,
  Kind.downgrade,
  Kind.complete,
  Kind.completeAll,
  Kind.reinitCompletion,
  Kind.retire,
  Kind.revive,
  Kind.initLock,
  Kind.end,
]);
/** Kinds that look at their object: what they do depends on who changed it before. */
export const looksAt: Uint8Array = Uint8Array.from(accessOf, (access, kind) =>
  access !== Access.none && !blind.has(kind) ? 1 : 0,
);

/** Whether an operation of this kind changes its object, if it does not fail. */
export function changes(kind: number): boolean {
  return accessOf[kind]! >= Access.share;
}

/** Steps that looked at something, and whose change each of them saw. */
export interface Looks {
  /** Numbers in `pairs`. */
  length: number;
  /** The number of a step that changed something, 0 for none, and that of one that saw it. */
  pairs: Int32Array;
}

/**
 * Which change of an object each operation saw, over all executions that are handed in: pairs of a
 * step that changed an object and a later one that looked at it, or of the object's first contents
 * and a step. A step is its agent and its number among that agent's steps. (The pairs that
 * reads-from fuzzing counts: Wolff, Shi, Duck, Mathur, Roychoudhury, ASPLOS 2024; they count places
 * in the code instead of numbers of steps.)
 */
export class ReadsFromPairs {
  readonly pairs: NumberSet = new NumberSet(pairsMax);

  /** What one execution showed. */
  take({ length, pairs }: Looks): void {
    for (let at = 0; at < length; at += 2) {
      const from = pairs[at]!;
      const step = pairs[at + 1]!;
      if (step < stepsMax && from < stepsMax) this.pairs.addPair(from, step);
    }
  }
}
