import type { NumberedStep } from './plain-steps.ts';

/** A state from which something is still to be run, or sequences may still come that are. */
export interface TrunkNode {
  /** Which child of another node it is; undefined at the start. */
  readonly as: TrunkChild | undefined;
  /** Steps before it. */
  readonly depth: number;
  /** Who sleeps here, and children that were explored before it became a node. */
  readonly elders: readonly NumberedStep[];
  /** In the order of their age. Only grows, at its end. */
  readonly children: TrunkChild[];
}

/** A step from a node. */
export interface TrunkChild {
  readonly of: TrunkNode;
  /** Undefined: the whole search. */
  readonly step: NumberedStep | undefined;
  /** Whether nobody sleeps after it, so that all that begins with it is explored below it. */
  readonly whole: boolean;
  /**
   * `waiting`: to be explored by whoever takes it; `running`: by a thread alone; `node`: what is
   * below it has a node; `done`.
   */
  state: 'waiting' | 'running' | 'node' | 'done';
  node: TrunkNode | undefined;
}

export function nodeBelow(child: TrunkChild, elders: readonly NumberedStep[]): TrunkNode {
  const node: TrunkNode = { as: child, depth: child.of.depth + 1, elders, children: [] };
  child.node = node;
  child.state = 'node';
  return node;
}

/** Whoever is older than a new child of the node. */
export function eldersIn(node: TrunkNode, before: number): NumberedStep[] {
  return [...node.elders, ...node.children.slice(0, before).map(({ step }) => step!)];
}

/**
 * Notes that something in this node is done, and what else is so by that. A node is done when all
 * of its children are and no sequence can come to it from elsewhere.
 */
export function settle(node: TrunkNode): void {
  let at: TrunkNode | undefined = node;
  while (at !== undefined && isDone(at, sequencesComeTo(at))) {
    if (at.as === undefined) return;
    finish(at.as);
    at = at.as.of;
  }
}

function finish(child: TrunkChild): void {
  child.state = 'done';
  child.node = undefined;
}

function isDone(node: TrunkNode, comes: boolean): boolean {
  let open = false;
  for (const child of node.children) {
    // Others settle by themselves: what comes to this node ends there.
    if (child.state === 'node' && !child.whole && isDone(child.node!, comes || open)) finish(child);
    if (child.state !== 'done') open = true;
  }
  return !open && !comes;
}

/** Whether a thread that is not below the node may find a sequence that goes there. */
function sequencesComeTo(node: TrunkNode): boolean {
  for (let { as } = node; as !== undefined && !as.whole; { as } = as.of) {
    for (const elder of as.of.children) {
      if (elder === as) break;
      if (elder.state !== 'done') return true;
    }
  }
  return false;
}
