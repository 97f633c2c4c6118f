import { Kind } from '../kinds.ts';
import { readerCountAt, RwAt } from '../layout.ts';
import {
  Access,
  Failure,
  Hold,
  notGranted,
  Order,
  row,
  type Effect,
  type Enabled,
  type OperationKind,
} from './row.ts';

const noWriterInside: Enabled = (m, _agent, o) =>
  m[o + RwAt.writer] === 0 && (m[o + RwAt.queues] === 0 || m[o + RwAt.queued] === 0);

const takeRead: Effect = (m, agent, o) => {
  const at = readerCountAt(m, o, agent);
  m[at] = m[at]! + 1;
  m[o + RwAt.readers] = m[o + RwAt.readers]! + 1;
  return 1;
};

const dropRead: Effect = (m, agent, o) => {
  const at = readerCountAt(m, o, agent);
  if (m[at]! <= 0) return 0;
  m[at] = m[at]! - 1;
  m[o + RwAt.readers] = m[o + RwAt.readers]! - 1;
  return 1;
};

const nobodyInside: Enabled = (m, _agent, o) =>
  m[o + RwAt.writer] === 0 && m[o + RwAt.readers] === 0;

const takeWrite: Effect = (m, agent, o) => {
  m[o + RwAt.writer] = agent + 1;
  m[o + RwAt.queued] = m[o + RwAt.queued]! & ~(1 << agent);
  return 1;
};

const readersMask = (m: Int32Array, o: number): number => {
  let mask = 0;
  for (let agent = 0; agent < m[o + RwAt.agents]!; agent++) {
    if (m[readerCountAt(m, o, agent)]! > 0) mask |= 1 << agent;
  }
  return mask;
};

const writerMask = (m: Int32Array, o: number): number => {
  const owner = m[o + RwAt.writer]!;
  return owner === 0 ? 0 : 1 << (owner - 1);
};

/** RwLock, RwSemaphore and PercpuRwSemaphore. */
export const rwOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.readAcquire]: row('readAcquire', {
    access: Access.share,
    enabled: noWriterInside,
    effect: takeRead,
    acquires: Order.writers,
    hold: Hold.takeRead,
    blockers: (m, _a, o) => writerMask(m, o) | (m[o + RwAt.queues] === 0 ? 0 : m[o + RwAt.queued]!),
  }),
  [Kind.readTryAcquire]: row('readTryAcquire', {
    effect: (m, agent, o, x, y) =>
      noWriterInside(m, agent, o, x, y) ? takeRead(m, agent, o, x, y) : 0,
    accessDone: Access.share,
    accessFailed: Access.watch,
    acquires: Order.writers,
    hold: Hold.takeRead,
    failure: Failure.resultZero,
    truth: true,
  }),
  [Kind.readRelease]: row('readRelease', {
    access: Access.share,
    effect: dropRead,
    releases: Order.readers,
    hold: Hold.drop,
  }),
  [Kind.writeAcquire]: row('writeAcquire', {
    // A writer can always queue where queued writers stop readers; elsewhere it just waits.
    enabled: (m, agent, o, x, y) => m[o + RwAt.queues] !== 0 || nobodyInside(m, agent, o, x, y),
    effect: (m, agent, o, x, y) => {
      if (nobodyInside(m, agent, o, x, y)) return takeWrite(m, agent, o, x, y);
      m[o + RwAt.queued] = m[o + RwAt.queued]! | (1 << agent);
      return notGranted;
    },
    followUp: Kind.writeGrant,
    acquires: Order.both,
    hold: Hold.takeWrite,
    blockers: (m, _a, o) => readersMask(m, o) | writerMask(m, o),
  }),
  [Kind.writeGrant]: row('writeGrant', {
    enabled: nobodyInside,
    effect: takeWrite,
    acquires: Order.both,
    hold: Hold.takeWrite,
    blockers: (m, _a, o) => readersMask(m, o) | writerMask(m, o),
  }),
  [Kind.writeTryAcquire]: row('writeTryAcquire', {
    effect: (m, agent, o, x, y) =>
      nobodyInside(m, agent, o, x, y) ? takeWrite(m, agent, o, x, y) : 0,
    accessFailed: Access.read,
    acquires: Order.both,
    hold: Hold.takeWrite,
    failure: Failure.resultZero,
    truth: true,
  }),
  [Kind.writeRelease]: row('writeRelease', {
    effect: (m, agent, o) => {
      const held = m[o + RwAt.writer] === agent + 1;
      m[o + RwAt.writer] = 0;
      return held ? 1 : 0;
    },
    releases: Order.writers,
    hold: Hold.drop,
  }),
  [Kind.downgrade]: row('downgrade', {
    effect: (m, agent, o, x, y) => {
      const held = m[o + RwAt.writer] === agent + 1;
      m[o + RwAt.writer] = 0;
      takeRead(m, agent, o, x, y);
      return held ? 1 : 0;
    },
    releases: Order.writers,
    hold: Hold.toRead,
  }),
};
