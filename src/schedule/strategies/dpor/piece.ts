import type { PlainBeginning } from './parsimonious/beginnings.ts';
import type { PlainForest, PlainStep } from './plain-steps.ts';

/** A part of the search that one thread runs by itself: all that begins with `path`. */
export interface DporPiece {
  readonly path: readonly PlainStep[];
  /** For each depth of the path what there is to know of it. */
  readonly above: readonly KnownDepth[];
}

/** Executions that one thread runs by itself: those that begin so, and what follows from them. */
export interface BeginningsPiece {
  readonly beginnings: readonly PlainBeginning[];
}

export type AnyDporPiece = DporPiece | BeginningsPiece;

/** Whether a piece, or what was given or is left of one, is of this form. */
export function isBeginnings(piece: unknown): piece is BeginningsPiece {
  return typeof piece === 'object' && piece !== null && 'beginnings' in piece;
}

/** What a thread knows of a depth above its own. */
export interface KnownDepth {
  /** Who sleeps there, and the elder siblings of the step of the path. */
  readonly elders: readonly PlainStep[];
  /** The younger ones, down to where nobody sleeps any more. */
  readonly younger: PlainForest;
}

/** One depth of an execution that a thread gives away. */
export interface DporLink {
  readonly elders: readonly PlainStep[];
  /** The step that is being explored there. */
  readonly step: PlainStep;
  /** What waits there. */
  readonly younger: PlainForest;
}

/** What a thread asks: to put this sequence into the tree of a depth above its own. */
export interface Insertion {
  readonly depth: number;
  readonly sequence: readonly PlainStep[];
}
