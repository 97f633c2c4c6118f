import { Kind } from '../kinds.ts';
import { completedForAll, CompletionAt, RefAt } from '../layout.ts';
import { Access, Failure, Hold, notGranted, Order, row, type OperationKind } from './row.ts';

const referenceMask = (m: Int32Array, _agent: number, o: number): number => {
  let mask = 0;
  let left = m[o + RefAt.count]!;
  for (let agent = 0; left > 0 && agent < 31; agent++) {
    const inside = m[o + RefAt.first + agent]!;
    if (inside > 0) mask |= 1 << agent;
    left -= inside;
  }
  return mask;
};

/** Completion and ActiveRef. */
export const waitOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.complete]: row('complete', {
    access: Access.share,
    effect: (m, _a, o) => {
      const count = m[o + CompletionAt.count]!;
      if (count < completedForAll) m[o + CompletionAt.count] = count + 1;
      return 0;
    },
    releases: Order.joinWriters,
  }),
  [Kind.completeAll]: row('completeAll', {
    access: Access.share,
    effect: (m, _a, o) => ((m[o + CompletionAt.count] = completedForAll), 0),
    releases: Order.joinWriters,
  }),
  [Kind.await]: row('await', {
    enabled: (m, _a, o) => m[o + CompletionAt.count]! > 0,
    effect: (m, _a, o) => {
      const count = m[o + CompletionAt.count]!;
      if (count !== completedForAll) m[o + CompletionAt.count] = count - 1;
      return 0;
    },
    acquires: Order.writers,
  }),
  [Kind.reinitCompletion]: row('reinitCompletion', {
    effect: (m, _a, o) => ((m[o + CompletionAt.count] = 0), 0),
  }),

  [Kind.activate]: row('activate', {
    effect: (m, _a, o) => ((m[o + RefAt.active] = 1), 0),
    releases: Order.writers,
  }),
  [Kind.refTryAcquire]: row('refTryAcquire', {
    access: Access.share,
    effect: (m, agent, o) => {
      if (m[o + RefAt.active] === 0) return 0;
      m[o + RefAt.count] = m[o + RefAt.count]! + 1;
      m[o + RefAt.first + agent] = m[o + RefAt.first + agent]! + 1;
      return 1;
    },
    accessFailed: Access.watch,
    acquires: Order.writers,
    hold: Hold.takeRead,
    failure: Failure.resultZero,
    truth: true,
  }),
  [Kind.refRelease]: row('refRelease', {
    access: Access.share,
    effect: (m, agent, o) => {
      if (m[o + RefAt.first + agent]! <= 0) return 0;
      m[o + RefAt.count] = m[o + RefAt.count]! - 1;
      m[o + RefAt.first + agent] = m[o + RefAt.first + agent]! - 1;
      return 1;
    },
    releases: Order.readers,
    hold: Hold.drop,
  }),
  [Kind.deactivate]: row('deactivate', {
    effect: (m, _a, o) => {
      m[o + RefAt.active] = 0;
      return m[o + RefAt.count] === 0 ? 1 : notGranted;
    },
    followUp: Kind.drain,
    acquires: Order.both,
    blockers: referenceMask,
  }),
  [Kind.drain]: row('drain', {
    enabled: (m, _a, o) => m[o + RefAt.count] === 0,
    effect: () => 1,
    access: Access.read,
    acquires: Order.both,
    blockers: referenceMask,
  }),
};
