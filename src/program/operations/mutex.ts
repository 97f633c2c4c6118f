import { Kind } from '../kinds.ts';
import { MutexAt } from '../layout.ts';
import {
  Access,
  Failure,
  Hold,
  Order,
  row,
  type Effect,
  type Enabled,
  type OperationKind,
} from './row.ts';

const mutexFree: Enabled = (m, _agent, o) => m[o + MutexAt.owner] === 0;

const takeMutex: Effect = (m, agent, o) => {
  m[o + MutexAt.state] = 1;
  m[o + MutexAt.owner] = agent + 1;
  return 1;
};

const ownerMask = (m: Int32Array, _agent: number, o: number): number => {
  const owner = m[o + MutexAt.owner]!;
  return owner === 0 ? 0 : 1 << (owner - 1);
};

/** Mutex and SpinLock. */
export const mutexOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.acquire]: row('acquire', {
    enabled: mutexFree,
    effect: takeMutex,
    acquires: Order.writers,
    hold: Hold.takeWrite,
    blockers: ownerMask,
  }),
  [Kind.tryAcquire]: row('tryAcquire', {
    effect: (m, agent, o, x, y) =>
      mutexFree(m, agent, o, x, y) ? takeMutex(m, agent, o, x, y) : 0,
    acquires: Order.writers,
    hold: Hold.takeWrite,
    failure: Failure.resultZero,
    accessFailed: Access.read,
    truth: true,
  }),
  [Kind.release]: row('release', {
    effect: (m, agent, o) => {
      const held = m[o + MutexAt.owner] === agent + 1;
      m[o + MutexAt.state] = 0;
      m[o + MutexAt.owner] = 0;
      return held ? 1 : 0;
    },
    releases: Order.writers,
    hold: Hold.drop,
  }),
};
