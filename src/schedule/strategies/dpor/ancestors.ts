import type { LateOperation } from './late-operation.ts';
import type { OtherOrder } from './other-order.ts';
import type { Parts } from './parts.ts';
import type { KnownDepth } from './piece.ts';
import { numberedStep, plainStep, plant, uproot, type PlainStep } from './plain-steps.ts';

/**
 * Puts a sequence into the tree of a depth that somebody else keeps.
 *
 * @returns what there is to know of it then
 */
export type InsertAbove = (depth: number, sequence: readonly PlainStep[]) => KnownDepth;

/**
 * The depths above the part of the search that a thread has for itself. Their trees lie in the
 * trunk (`trunk.ts`). What the thread knows of them is where it has its own: elders are claims, the
 * younger siblings are the tree. That may be out of date, but only by lacking something: nothing is
 * ever taken out of a tree.
 */
export class Ancestors {
  /** The first depth whose tree is this thread's own. */
  floor = 0;
  private readonly above: InsertAbove | undefined;

  constructor(above: InsertAbove | undefined) {
    this.above = above;
  }

  /**
   * Puts a sequence, which nothing that is known of the depth covers, there.
   *
   * @returns up to which step the execution must stay for the race to need no more looking at
   */
  insert(parts: Parts, depth: number, other: OtherOrder, late: LateOperation): number {
    const { steps, footprints } = parts;
    const { sequence, length } = other;
    const rows: PlainStep[] = [];
    let upTo = late.step;
    for (let i = 0; i < length; i++) {
      const at = sequence[i]!;
      upTo = Math.max(upTo, at);
      rows.push(plainStep(steps.numbered(at), footprints));
    }
    rows.push(plainStep(late, footprints));
    this.know(parts, depth, this.above!(depth, rows));
    return upTo;
  }

  /** Takes note of what there is at a depth. */
  know(parts: Parts, depth: number, { elders, younger }: KnownDepth): void {
    const { claims, footprints, trees, pending } = parts;
    claims.clear(depth);
    for (const elder of elders) {
      const { agent, object, last, access } = numberedStep(elder, footprints);
      claims.add(depth, agent, object, last, access);
    }
    uproot(trees, pending[depth]!);
    pending[depth] = plant(younger, trees, footprints);
  }
}
