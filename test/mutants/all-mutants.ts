import { atomicsMutants } from './atomics-mutants.ts';
import { dividedMutants } from './divided-mutants.ts';
import { dporMutants } from './dpor-mutants.ts';
import { explanationMutants } from './explanation-mutants.ts';
import { givenMutants } from './given-mutants.ts';
import { howFarMutants } from './how-far-mutants.ts';
import { lockMutants } from './lock-mutants.ts';
import { mutants } from './mutants.ts';
import { parsimoniousMutants } from './parsimonious-mutants.ts';
import { recordingMutants } from './recording-mutants.ts';
import { ruleMutants } from './rule-mutants.ts';
import { screenMutants } from './screen-mutants.ts';
import { spawnMutants } from './spawn-mutants.ts';
import { stateMutants } from './state-mutants.ts';
import { symmetryMutants } from './symmetry-mutants.ts';
import { threadMutants } from './thread-mutants.ts';
import { turnsMutants } from './turns-mutants.ts';
import type { Mutant } from './mutant.ts';

/** All faults that `npm run mutants` puts in. */
export const allMutants: readonly Mutant[] = [
  ...mutants,
  ...atomicsMutants,
  ...dporMutants,
  ...parsimoniousMutants,
  ...dividedMutants,
  ...howFarMutants,
  ...recordingMutants,
  ...explanationMutants,
  ...givenMutants,
  ...ruleMutants,
  ...lockMutants,
  ...screenMutants,
  ...spawnMutants,
  ...threadMutants,
  ...stateMutants,
  ...symmetryMutants,
  ...turnsMutants,
];
