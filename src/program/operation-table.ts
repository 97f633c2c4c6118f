/**
 * The operation table: for each kind of operation when it is enabled, what it does, what it conflicts with, and what it
 * orders. Executors, strategies and checkers all read this one place.
 *
 * Effects are those of the one-step locks of exploration: an operation is indivisible. The locks of free threads are
 * algorithms over the same words (`execute/free/`), and behave as these do.
 */
import { Comparison, Kind, kindCount } from './kinds.ts';
import {
  completedForAll,
  CompletionAt,
  MutexAt,
  readerCountAt,
  RefAt,
  RegionAt,
  RwAt,
} from './layout.ts';

/** What an operation does to its object, as far as commuting goes. */
export const Access = {
  /** Touches nothing shared. */
  none: 0,
  /** Observes: commutes with other observers. */
  read: 1,
  /** Changes, but commutes with other sharers: readers of one lock, completes of one completion. */
  share: 2,
  /** Commutes with nothing on the same object. */
  write: 3,
} as const;

/** How happens-before passes through an object (see `check/data-race.ts`). */
export const Order = {
  none: 0,
  /** The object's writers' clock: what releases of a lock, stores of a word, completes published. */
  writers: 1,
  /** The object's readers' clock: what leaving readers published for the next writer. */
  readers: 2,
  both: 3,
  /** Releases only: joined to the writers' clock instead of replacing it. */
  joinWriters: 4,
} as const;

/** What a successful operation does to the set of locks that its agent holds. */
export const Hold = { none: 0, takeWrite: 1, takeRead: 2, drop: 3, toRead: 4 } as const;

/** When an operation may have failed, and then changed and ordered nothing. */
export const Failure = { never: 0, resultZero: 1, valueDiffers: 2 } as const;

/** The result of an operation that has queued and goes on as its `followUp`. */
export const notGranted = -0x80000000;

type Enabled = (
  memory: Int32Array,
  agent: number,
  object: number,
  argument: number,
  argument2: number,
) => boolean;
type Effect = (
  memory: Int32Array,
  agent: number,
  object: number,
  argument: number,
  argument2: number,
) => number;

/** One row of the table. */
export interface OperationKind {
  readonly name: string;
  /** False for annotations: no scheduling point. */
  readonly visible: boolean;
  readonly access: number;
  /** Undefined: always. */
  readonly enabled: Enabled | undefined;
  readonly effect: Effect;
  /** The kind that the operation goes on as when the effect answers {@link notGranted}. */
  readonly followUp: number;
  readonly acquires: number;
  readonly releases: number;
  readonly hold: number;
  readonly failure: number;
  /** The result is a truth value to the agent. */
  readonly truth: boolean;
  /** May also go on without being enabled, as time passes: a replay may force it. */
  readonly timed: boolean;
  /** The agents that it waits for while it is not enabled, as a mask; what locks alone can tell. */
  readonly blockers: ((memory: Int32Array, agent: number, object: number) => number) | undefined;
}

const nothing: Effect = () => 0;

const defaults: Omit<OperationKind, 'name'> = {
  visible: true,
  access: Access.write,
  enabled: undefined,
  effect: nothing,
  followUp: Kind.none,
  acquires: Order.none,
  releases: Order.none,
  hold: Hold.none,
  failure: Failure.never,
  truth: false,
  timed: false,
  blockers: undefined,
};

function row(name: string, fields: Partial<OperationKind> = {}): OperationKind {
  return { ...defaults, name, ...fields };
}

function annotation(name: string): OperationKind {
  return row(name, { visible: false, access: Access.none });
}

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

const rows: OperationKind[] = new Array<OperationKind>(kindCount).fill(
  row('none', { visible: false }),
);

rows[Kind.read] = row('read', { access: Access.read, effect: (m, _a, o) => m[o]! });
rows[Kind.write] = row('write', { effect: (m, _a, o, x) => ((m[o] = x), 0) });
rows[Kind.load] = row('load', {
  access: Access.read,
  effect: (m, _a, o) => m[o]!,
  acquires: Order.writers,
});
rows[Kind.store] = row('store', {
  effect: (m, _a, o, x) => ((m[o] = x), 0),
  releases: Order.writers,
});
rows[Kind.add] = row('add', {
  effect: (m, _a, o, x) => {
    const before = m[o]!;
    m[o] = before + x;
    return before;
  },
  acquires: Order.writers,
  releases: Order.writers,
});
rows[Kind.exchange] = row('exchange', {
  effect: (m, _a, o, x) => {
    const before = m[o]!;
    m[o] = x;
    return before;
  },
  acquires: Order.writers,
  releases: Order.writers,
});
rows[Kind.compareExchange] = row('compareExchange', {
  effect: (m, _a, o, expected, replacement) => {
    const before = m[o]!;
    if (before === expected) m[o] = replacement;
    return before;
  },
  acquires: Order.writers,
  releases: Order.writers,
  failure: Failure.valueDiffers,
});
rows[Kind.waitUntil] = row('waitUntil', {
  access: Access.read,
  enabled: (m, _a, o, x, comparison) => {
    const value = m[o]!;
    if (comparison === Comparison.equal) return value === x;
    if (comparison === Comparison.notEqual) return value !== x;
    return comparison === Comparison.atLeast ? value >= x : value <= x;
  },
  effect: (m, _a, o) => m[o]!,
  acquires: Order.writers,
});

rows[Kind.acquire] = row('acquire', {
  enabled: mutexFree,
  effect: takeMutex,
  acquires: Order.writers,
  hold: Hold.takeWrite,
  blockers: ownerMask,
});
rows[Kind.tryAcquire] = row('tryAcquire', {
  effect: (m, agent, o, x, y) => (mutexFree(m, agent, o, x, y) ? takeMutex(m, agent, o, x, y) : 0),
  acquires: Order.writers,
  hold: Hold.takeWrite,
  failure: Failure.resultZero,
  truth: true,
});
rows[Kind.release] = row('release', {
  effect: (m, agent, o) => {
    const held = m[o + MutexAt.owner] === agent + 1;
    m[o + MutexAt.state] = 0;
    m[o + MutexAt.owner] = 0;
    return held ? 1 : 0;
  },
  releases: Order.writers,
  hold: Hold.drop,
});

rows[Kind.readAcquire] = row('readAcquire', {
  access: Access.share,
  enabled: noWriterInside,
  effect: takeRead,
  acquires: Order.writers,
  hold: Hold.takeRead,
  blockers: (m, _a, o) => writerMask(m, o) | (m[o + RwAt.queues] === 0 ? 0 : m[o + RwAt.queued]!),
});
rows[Kind.readTryAcquire] = row('readTryAcquire', {
  effect: (m, agent, o, x, y) =>
    noWriterInside(m, agent, o, x, y) ? takeRead(m, agent, o, x, y) : 0,
  acquires: Order.writers,
  hold: Hold.takeRead,
  failure: Failure.resultZero,
  truth: true,
});
rows[Kind.readRelease] = row('readRelease', {
  access: Access.share,
  effect: dropRead,
  releases: Order.readers,
  hold: Hold.drop,
});
rows[Kind.writeAcquire] = row('writeAcquire', {
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
});
rows[Kind.writeGrant] = row('writeGrant', {
  enabled: nobodyInside,
  effect: takeWrite,
  acquires: Order.both,
  hold: Hold.takeWrite,
  blockers: (m, _a, o) => readersMask(m, o) | writerMask(m, o),
});
rows[Kind.writeTryAcquire] = row('writeTryAcquire', {
  effect: (m, agent, o, x, y) =>
    nobodyInside(m, agent, o, x, y) ? takeWrite(m, agent, o, x, y) : 0,
  acquires: Order.both,
  hold: Hold.takeWrite,
  failure: Failure.resultZero,
  truth: true,
});
rows[Kind.writeRelease] = row('writeRelease', {
  effect: (m, agent, o) => {
    const held = m[o + RwAt.writer] === agent + 1;
    m[o + RwAt.writer] = 0;
    return held ? 1 : 0;
  },
  releases: Order.writers,
  hold: Hold.drop,
});
rows[Kind.downgrade] = row('downgrade', {
  effect: (m, agent, o, x, y) => {
    const held = m[o + RwAt.writer] === agent + 1;
    m[o + RwAt.writer] = 0;
    takeRead(m, agent, o, x, y);
    return held ? 1 : 0;
  },
  releases: Order.writers,
  hold: Hold.toRead,
});

rows[Kind.complete] = row('complete', {
  access: Access.share,
  effect: (m, _a, o) => {
    const count = m[o + CompletionAt.count]!;
    if (count < completedForAll) m[o + CompletionAt.count] = count + 1;
    return 0;
  },
  releases: Order.joinWriters,
});
rows[Kind.completeAll] = row('completeAll', {
  access: Access.share,
  effect: (m, _a, o) => ((m[o + CompletionAt.count] = completedForAll), 0),
  releases: Order.joinWriters,
});
rows[Kind.await] = row('await', {
  enabled: (m, _a, o) => m[o + CompletionAt.count]! > 0,
  effect: (m, _a, o) => {
    const count = m[o + CompletionAt.count]!;
    if (count !== completedForAll) m[o + CompletionAt.count] = count - 1;
    return 0;
  },
  acquires: Order.writers,
});
rows[Kind.reinitCompletion] = row('reinitCompletion', {
  effect: (m, _a, o) => ((m[o + CompletionAt.count] = 0), 0),
});

rows[Kind.activate] = row('activate', {
  effect: (m, _a, o) => ((m[o + RefAt.active] = 1), 0),
  releases: Order.writers,
});
rows[Kind.refTryAcquire] = row('refTryAcquire', {
  access: Access.share,
  effect: (m, agent, o) => {
    if (m[o + RefAt.active] === 0) return 0;
    m[o + RefAt.count] = m[o + RefAt.count]! + 1;
    m[o + RefAt.first + agent] = m[o + RefAt.first + agent]! + 1;
    return 1;
  },
  acquires: Order.writers,
  hold: Hold.takeRead,
  failure: Failure.resultZero,
  truth: true,
});
rows[Kind.refRelease] = row('refRelease', {
  access: Access.share,
  effect: (m, agent, o) => {
    if (m[o + RefAt.first + agent]! <= 0) return 0;
    m[o + RefAt.count] = m[o + RefAt.count]! - 1;
    m[o + RefAt.first + agent] = m[o + RefAt.first + agent]! - 1;
    return 1;
  },
  releases: Order.readers,
  hold: Hold.drop,
});
rows[Kind.deactivate] = row('deactivate', {
  effect: (m, _a, o) => {
    m[o + RefAt.active] = 0;
    return m[o + RefAt.count] === 0 ? 1 : notGranted;
  },
  followUp: Kind.drain,
  acquires: Order.both,
  blockers: referenceMask,
});
rows[Kind.drain] = row('drain', {
  enabled: (m, _a, o) => m[o + RefAt.count] === 0,
  effect: () => 1,
  access: Access.read,
  acquires: Order.both,
  blockers: referenceMask,
});

rows[Kind.pause] = row('pause', { access: Access.none });
rows[Kind.sleep] = row('sleep', { access: Access.none });
rows[Kind.retry] = row('retry', { access: Access.none, timed: true });

rows[Kind.retire] = row('retire', { effect: (m, _a, o) => ((m[o + RegionAt.retired] = 1), 0) });
rows[Kind.revive] = row('revive', { effect: (m, _a, o) => ((m[o + RegionAt.retired] = 0), 0) });
rows[Kind.initLock] = row('initLock', {
  // Mutex and SpinLock only: nobody holds it from now on, whoever did.
  effect: (m, _a, o) => {
    m[o + MutexAt.state] = 0;
    m[o + MutexAt.owner] = 0;
    return 0;
  },
});

rows[Kind.assertHeld] = annotation('assertHeld');
rows[Kind.assertHeldWrite] = annotation('assertHeldWrite');
rows[Kind.assertHeldRead] = annotation('assertHeldRead');
rows[Kind.assertNotHeld] = annotation('assertNotHeld');
rows[Kind.attempt] = annotation('attempt');
rows[Kind.wait] = annotation('wait');
rows[Kind.exit] = annotation('exit');
rows[Kind.stall] = annotation('stall');

/** The rows by kind. */
export const operationTable: readonly OperationKind[] = rows;

/** The kind with this name in a file, or `Kind.none`. */
export function kindNamed(name: string): number {
  return Math.max(
    rows.findIndex((candidate) => candidate.name === name),
    Kind.none,
  );
}

/** Columns of the table as flat arrays, for the hot path. */
export const accessOf: Int32Array = Int32Array.from(rows, (one) => one.access);
export const failureOf: Int32Array = Int32Array.from(rows, (one) => one.failure);
export const visibleOf: Uint8Array = Uint8Array.from(rows, (one) => (one.visible ? 1 : 0));
export const truthOf: Uint8Array = Uint8Array.from(rows, (one) => (one.truth ? 1 : 0));
export const followUpOf: Int32Array = Int32Array.from(rows, (one) => one.followUp);
export const enabledOf: readonly (Enabled | undefined)[] = rows.map((one) => one.enabled);
export const effectOf: readonly Effect[] = rows.map((one) => one.effect);

/** Whether an operation of this kind and result failed: it changed nothing and took nothing. */
export function failed(kind: number, result: number, argument: number): boolean {
  const rule = failureOf[kind]!;
  if (rule === Failure.never) return false;
  return rule === Failure.resultZero ? result === 0 : result !== argument;
}

/** Whether two accesses to the same object commute. Anything that touches nothing commutes with all. */
export function accessesCommute(one: number, other: number): boolean {
  if (one === Access.none || other === Access.none) return true;
  return one === other && one !== Access.write;
}
