import { Comparison, Kind } from '../kinds.ts';
import { Access, Failure, Order, row, type OperationKind } from './row.ts';

/** Plain and atomic accesses to words, and waiting for a value. */
export const wordOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.read]: row('read', { access: Access.read, effect: (m, _a, o) => m[o]! }),
  [Kind.write]: row('write', { effect: (m, _a, o, x) => ((m[o] = x), 0) }),
  [Kind.load]: row('load', {
    access: Access.read,
    effect: (m, _a, o) => m[o]!,
    acquires: Order.writers,
  }),
  [Kind.store]: row('store', {
    effect: (m, _a, o, x) => ((m[o] = x), 0),
    releases: Order.writers,
  }),
  [Kind.add]: row('add', {
    effect: (m, _a, o, x) => {
      const before = m[o]!;
      m[o] = before + x;
      return before;
    },
    acquires: Order.writers,
    releases: Order.writers,
  }),
  [Kind.exchange]: row('exchange', {
    effect: (m, _a, o, x) => {
      const before = m[o]!;
      m[o] = x;
      return before;
    },
    acquires: Order.writers,
    releases: Order.writers,
  }),
  [Kind.compareExchange]: row('compareExchange', {
    effect: (m, _a, o, expected, replacement) => {
      const before = m[o]!;
      if (before === expected) m[o] = replacement;
      return before;
    },
    acquires: Order.writers,
    releases: Order.writers,
    failure: Failure.valueDiffers,
    accessFailed: Access.read,
  }),
  [Kind.waitUntil]: row('waitUntil', {
    access: Access.read,
    enabled: (m, _a, o, x, comparison) => {
      const value = m[o]!;
      if (comparison === Comparison.equal) return value === x;
      if (comparison === Comparison.notEqual) return value !== x;
      return comparison === Comparison.atLeast ? value >= x : value <= x;
    },
    effect: (m, _a, o) => m[o]!,
    acquires: Order.writers,
  }),
};
