import type { Footprints } from './footprints.ts';
import { turnAccess } from './footprints.ts';
import { NodeAt, type WakeupTrees } from './wakeup-trees.ts';

/**
 * A step as plain data which means the same on every thread and in a file: agent, kind, first word,
 * last word, access. A retry has `turnAccess`, 0 for both words, and then what its turn has read:
 * twice the object, one more if only writes change what was read of it. Kind 0: not known.
 */
export type PlainStep = readonly number[];

/**
 * Trees of steps as plain data: the nodes in the order in which they are explored, a parent before
 * its children; each is its level (0: a root) and then its step.
 */
export type PlainForest = readonly (readonly number[])[];

/** A step, with the numbers that a thread has for sets of reads. */
export interface NumberedStep {
  readonly agent: number;
  readonly kind: number;
  readonly object: number;
  readonly last: number;
  readonly access: number;
}

export function plainStep(step: NumberedStep, footprints: Footprints): PlainStep {
  const { agent, kind, object, last, access } = step;
  if (access !== turnAccess) return [agent, kind, object, last, access];
  const reads = footprints.readsOf(object);
  const encoded = reads.map((read) => read.object * 2 + (read.writesOnly ? 1 : 0));
  return [agent, kind, 0, 0, access, ...encoded];
}

export function numberedStep(step: PlainStep, footprints: Footprints): NumberedStep {
  const [agent, kind, object, last, access] = step as [number, number, number, number, number];
  if (access !== turnAccess) return { agent, kind, object, last, access };
  const reads = step.slice(5).map((read) => ({ object: read >> 1, writesOnly: (read & 1) === 1 }));
  const turn = footprints.turn(reads);
  return { agent, kind, object: turn, last: turn, access };
}

/** The trees that begin with a node and its siblings. */
export function plainForest(
  trees: WakeupTrees,
  first: number,
  footprints: Footprints,
): PlainForest {
  const rows: number[][] = [];
  const open: { node: number; level: number }[] = [{ node: first, level: 0 }];
  while (open.length > 0) {
    const { node, level } = open.pop()!;
    if (node === 0) continue;
    rows.push([level, ...plainStep(stepOf(trees, node), footprints)]);
    const { cells } = trees;
    open.push(
      { node: cells[node + NodeAt.next]!, level },
      { node: cells[node + NodeAt.child]!, level: level + 1 },
    );
  }
  return rows;
}

/** Makes these trees; the first node, or 0 if there is none. */
export function plant(forest: PlainForest, trees: WakeupTrees, footprints: Footprints): number {
  let first = 0;
  // The last node of each level on the way to the present one.
  const path: number[] = [];
  for (const [level, ...step] of forest) {
    const { agent, kind, object, last, access } = numberedStep(step, footprints);
    const node = trees.add(agent, kind, object, last, access);
    const sibling = path[level!];
    if (sibling !== undefined) trees.cells[sibling + NodeAt.next] = node;
    else if (level! > 0) trees.cells[path[level! - 1]! + NodeAt.child] = node;
    else first = node;
    path.length = level!;
    path.push(node);
  }
  return first;
}

/** Gives the nodes of the trees back. */
export function uproot(trees: WakeupTrees, first: number): void {
  const open = [first];
  while (open.length > 0) {
    const node = open.pop()!;
    if (node === 0) continue;
    open.push(trees.cells[node + NodeAt.next]!, trees.cells[node + NodeAt.child]!);
    trees.remove(node);
  }
}

function stepOf({ cells }: WakeupTrees, node: number): NumberedStep {
  return {
    agent: cells[node + NodeAt.agent]!,
    kind: cells[node + NodeAt.kind]!,
    object: cells[node + NodeAt.object]!,
    last: cells[node + NodeAt.last]!,
    access: cells[node + NodeAt.access]!,
  };
}
