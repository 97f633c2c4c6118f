import type { Ancestors } from './ancestors.ts';
import type { Claims } from './claims.ts';
import type { Footprints } from './footprints.ts';
import type { HappensBefore } from './happens-before.ts';
import type { Steps } from './steps.ts';
import type { WakeupTrees } from './wakeup-trees.ts';

/** Where the execution's parts are. */
export interface Parts {
  readonly steps: Steps;
  readonly order: HappensBefore;
  readonly footprints: Footprints;
  readonly claims: Claims;
  readonly trees: WakeupTrees;
  /** Depths whose trees are somebody else's. */
  readonly ancestors: Ancestors;
  /** For each depth the first node of its tree. */
  pending: Int32Array;
}
