import type { PlainStep } from './dpor/plain-steps.ts';

/** What is left of the search. Plain data. */
export interface BoundedDporPiece {
  /** The steps before the next choice: agent, kind, object (0 of a retry). */
  readonly steps: readonly (readonly number[])[];
  /** For each depth down to that choice what is known there. */
  readonly depths: readonly BoundedDepth[];
  /** The agent that is to be tried there; -1: there is nothing left. */
  readonly next: number;
  readonly leftOut: boolean;
}

interface BoundedDepth {
  readonly enabled: number;
  readonly todo: number;
  readonly done: number;
  readonly current: number;
  readonly cost: number;
  /** Who sleeps, and the step of each. */
  readonly sleepers: readonly PlainStep[];
}
