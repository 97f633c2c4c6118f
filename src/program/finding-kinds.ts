/**
 * Kinds of findings: one word each for what is wrong. Names are part of files and the command line.
 */
export const findingKinds = [
  'deadlock',
  'livelock',
  'starvation',
  'spin-without-yield',
  'lock-inversion',
  'recursive-locking',
  'data-race',
  'assertion-failed',
  'unguarded-access',
  'lock-rule-broken',
  'use-after-remove',
  'bad-unlock',
  'spawned-twice',
  'lock-held-at-exit',
  'held-lock-freed',
  'held-lock-reinitialised',
  'invariant-violated',
  'agent-failed',
  'lockset-suspicion',
] as const;

/** @public */
export type FindingKind = (typeof findingKinds)[number];
