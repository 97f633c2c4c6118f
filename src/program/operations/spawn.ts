import { Kind } from '../kinds.ts';
import { SpawnedAt } from '../layout.ts';
import { Access, Failure, Order, row, type OperationKind } from './row.ts';

/**
 * Agents that others start. A spawned agent's first step is `begin` and its last one `end`, so that
 * spawn and join are operations on one object like all others: what must come first decides who can
 * go, and there is nothing that could be had the other way round: they add no traces. Joins commute
 * with each other.
 */
export const spawnOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.spawn]: row('spawn', {
    effect: (m, _a, o) => {
      const first = m[o + SpawnedAt.spawned] === 0;
      m[o + SpawnedAt.spawned] = 1;
      return first ? 1 : 0;
    },
    releases: Order.writers,
    failure: Failure.resultZero,
    accessFailed: Access.read,
  }),
  [Kind.begin]: row('begin', {
    access: Access.read,
    enabled: (m, _a, o) => m[o + SpawnedAt.spawned] !== 0,
    acquires: Order.writers,
  }),
  [Kind.end]: row('end', {
    effect: (m, _a, o) => ((m[o + SpawnedAt.ended] = 1), 0),
    releases: Order.writers,
  }),
  [Kind.join]: row('join', {
    access: Access.read,
    enabled: (m, _a, o) => m[o + SpawnedAt.ended] !== 0,
    acquires: Order.writers,
    blockers: (m, _a, o) => (m[o + SpawnedAt.spawned] === 0 ? 0 : 1 << m[o + SpawnedAt.agent]!),
  }),
};
