/**
 * The kinds of operations and of events, as small integers: the hot path switches and indexes on
 * them. Their meaning stands in one place, `operation-table.ts`. Numbers are internal; files carry
 * the names.
 */
export const Kind = {
  none: 0,
  // Words, plain: the JS memory model's unordered accesses, a kernel's plain accesses.
  read: 1,
  write: 2,
  // Words, atomic (SeqCst): a kernel's marked or atomic accesses.
  load: 3,
  store: 4,
  add: 5,
  exchange: 6,
  compareExchange: 7,
  waitUntil: 8,
  // Mutex and SpinLock.
  acquire: 9,
  tryAcquire: 10,
  release: 11,
  // RwLock, RwSemaphore and PercpuRwSemaphore.
  readAcquire: 12,
  readTryAcquire: 13,
  readRelease: 14,
  writeAcquire: 15,
  writeGrant: 16,
  writeTryAcquire: 17,
  writeRelease: 18,
  downgrade: 19,
  // Completion.
  complete: 20,
  completeAll: 21,
  await: 22,
  reinitCompletion: 23,
  // ActiveRef.
  activate: 24,
  refTryAcquire: 25,
  refRelease: 26,
  deactivate: 27,
  drain: 28,
  // Time.
  pause: 29,
  sleep: 30,
  retry: 31,
  // Memory that comes and goes, locks that are initialised again.
  retire: 32,
  revive: 33,
  initLock: 34,
  // Annotations: events without a scheduling point.
  assertHeld: 35,
  assertHeldWrite: 36,
  assertHeldRead: 37,
  assertNotHeld: 38,
  attempt: 39,
  // Events that only an executor makes.
  wait: 40,
  exit: 41,
  stall: 42,
  // Annotations, too.
  progress: 43,
  enterSection: 44,
  leaveSection: 45,
  assertNoneHeld: 46,
  // Bytes of shared buffers, for code that uses `Atomics` itself. Their argument is the number of a
  // `ByteAccess`; whole words of 32 bits have the kinds above, but for `rmw`.
  rmw: 47,
  bytesRead: 48,
  bytesWrite: 49,
  bytesLoad: 50,
  bytesStore: 51,
  bytesCompareExchange: 52,
  // `Atomics.wait`, `notify` and `waitAsync` on a cell of a shared buffer.
  futexWait: 53,
  futexWake: 54,
  futexTimedWait: 55,
  futexTimedWake: 56,
  futexNotify: 57,
  futexEnqueue: 58,
  // Message ports between threads.
  send: 59,
  receive: 60,
  // Agents that others start; they themselves make `begin` and `end`.
  spawn: 61,
  begin: 62,
  end: 63,
  join: 64,
  // An annotation, too: what the agent was answered is of no account any more.
  forget: 65,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** How many kinds there are: the length of tables that are indexed by kind. */
export const kindCount = 66;

/** What a `waitUntil` compares with; carried in its second argument. */
export const Comparison = { equal: 0, notEqual: 1, atLeast: 2, atMost: 3 } as const;

/** What lies at an object's base word. */
export const ObjectType = {
  none: 0,
  word: 1,
  mutex: 2,
  spinLock: 3,
  rwLock: 4,
  rwSemaphore: 5,
  percpuRwSemaphore: 6,
  completion: 7,
  activeRef: 8,
  region: 9,
  section: 10,
  cell: 11,
  port: 12,
  agent: 13,
} as const;

export type ObjectType = (typeof ObjectType)[keyof typeof ObjectType];

/** The names of object types in reports and files, indexed by type. */
export const objectTypeNames: readonly string[] = [
  'none',
  'word',
  'mutex',
  'spin',
  'rwlock',
  'rwsem',
  'percpu_rwsem',
  'completion',
  'active_ref',
  'region',
  'section',
  'cell',
  'port',
  'agent',
];
