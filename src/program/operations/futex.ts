import { Kind } from '../kinds.ts';
import { CellAt } from '../layout.ts';
import { Access, Failure, notGranted, Order, row, type Effect, type OperationKind } from './row.ts';

/** What `Atomics.wait` comes to. */
export const FutexResult = { notEqual: 0, ok: 1, timedOut: 2 } as const;

/** Puts the agent at the end of the waiters' list if the cell holds what it expects. */
function queued(m: Int32Array, agent: number, o: number, low: number, high: number): boolean {
  if (m[o + CellAt.low] !== low || m[o + CellAt.high] !== high) return false;
  const tick = m[o + CellAt.tick]! + 1;
  m[o + CellAt.tick] = tick;
  m[o + CellAt.first + agent] = tick;
  m[o + CellAt.waiting] = m[o + CellAt.waiting]! | (1 << agent);
  return true;
}

const wait: Effect = (m, agent, o, low, high) =>
  queued(m, agent, o, low, high) ? notGranted : FutexResult.notEqual;

/** Takes the agent off the list, or what a notify left for it. */
const wake: Effect = (m, agent, o) => {
  const bit = 1 << agent;
  const woken = (m[o + CellAt.woken]! & bit) !== 0;
  m[o + CellAt.woken] = m[o + CellAt.woken]! & ~bit;
  m[o + CellAt.waiting] = m[o + CellAt.waiting]! & ~bit;
  return woken ? FutexResult.ok : FutexResult.timedOut;
};

/** Wakes those who have waited longest, up to so many; how many. */
const notify: Effect = (m, _agent, o, count) => {
  let woken = 0;
  while (woken < count && m[o + CellAt.waiting] !== 0) {
    let first = -1;
    for (let left = m[o + CellAt.waiting]!; left !== 0; left &= left - 1) {
      const agent = 31 - Math.clz32(left & -left);
      const earlier = first < 0 || m[o + CellAt.first + agent]! < m[o + CellAt.first + first]!;
      if (earlier) first = agent;
    }
    m[o + CellAt.waiting] = m[o + CellAt.waiting]! & ~(1 << first);
    m[o + CellAt.woken] = m[o + CellAt.woken]! | (1 << first);
    woken++;
  }
  return woken;
};

/**
 * `Atomics.wait`, `notify` and `waitAsync` (ECMA-262, 25.4.11 to 25.4.15): comparing and queueing
 * is one step, being woken another. The list is first in, first out. A wait with a time-out can go
 * on at any moment after it has queued: time may pass.
 *
 * What a notify wakes has the notifier's order (entering and leaving the critical section of the
 * list), by a clock of the list's own, which loads of the value do not take.
 */
export const futexOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.futexWait]: row('futexWait', {
    effect: wait,
    followUp: Kind.futexWake,
    acquires: Order.writers,
    failure: Failure.resultZero,
    accessFailed: Access.read,
  }),
  [Kind.futexWake]: row('futexWake', {
    access: Access.watch,
    enabled: (m, agent, o) => (m[o + CellAt.woken]! & (1 << agent)) !== 0,
    effect: wake,
    acquires: Order.readers,
  }),
  [Kind.futexTimedWait]: row('futexTimedWait', {
    effect: wait,
    followUp: Kind.futexTimedWake,
    acquires: Order.writers,
    failure: Failure.resultZero,
    accessFailed: Access.read,
  }),
  [Kind.futexTimedWake]: row('futexTimedWake', {
    effect: wake,
    acquires: Order.readers,
  }),
  [Kind.futexNotify]: row('futexNotify', {
    effect: notify,
    releases: Order.readers,
    failure: Failure.resultZero,
    accessFailed: Access.read,
  }),
  [Kind.futexEnqueue]: row('futexWaitAsync', {
    effect: (m, agent, o, low, high) =>
      queued(m, agent, o, low, high) ? FutexResult.ok : FutexResult.notEqual,
    acquires: Order.writers,
    failure: Failure.resultZero,
    accessFailed: Access.read,
  }),
};
