/**
 * What a line of a trace file says happened: one number an operation, and for each the fields that
 * it has in heddle-trace. The three readers produce these; the checkers know nothing else.
 */

/** Operations of a trace, by number. */
export const Op = {
  acquire: 0,
  tryFailed: 1,
  wait: 2,
  release: 3,
  downgrade: 4,
  init: 5,
  free: 6,
  read: 7,
  write: 8,
  readModifyWrite: 9,
  fork: 10,
  join: 11,
  complete: 12,
  await: 13,
  waitOn: 14,
  notify: 15,
  irqEnter: 16,
  irqExit: 17,
  irqDisable: 18,
  irqEnable: 19,
  assertHeld: 20,
  assertNotHeld: 21,
  assertExclusiveWriter: 22,
  assertExclusiveAccess: 23,
  retire: 24,
  revive: 25,
  enter: 26,
  exit: 27,
  agentExit: 28,
  branch: 29,
  note: 30,
  /** From here on not in heddle-trace. A monitor's wait and notify on a lock (STD). */
  conditionWait: 31,
  conditionNotify: 32,
  /** What was asked for at `acquire` is granted (ftrace's lock_acquired). */
  acquired: 33,
  /** Events are missing here (ftrace). */
  lost: 34,
  /** In heddle-trace again: extensions of ours to its version 1. */
  pin: 35,
  unpin: 36,
  /** Asked for where it might be taken, without being taken (might_lock). */
  mightLock: 37,
  /** Waits for all who hold it, and takes nothing (lock_sync). */
  sync: 38,
  /** A held lock gets another subclass (lock_set_subclass). */
  setSubclass: 39,
  returnToUser: 40,
  freeze: 41,
  assertNoneHeld: 42,
  assertContext: 43,
  /** All that an acquire context is for has been taken (ww_acquire_done). */
  contextDone: 44,
  /** A wound/wait lock that was asked for in an acquire context is refused (-EDEADLK). */
  refused: 45,
  /** Begins to wait for the end of another agent. */
  waitJoin: 46,
} as const;

/** What an operation's `object` is. */
export type Operand = 'lock' | 'word' | 'agent' | 'none';

/** How an operation looks in heddle-trace. */
export interface OperationShape {
  readonly name: string;
  readonly op: number;
  readonly operand: Operand;
  /** Whether it may carry `mode`. */
  readonly mode?: boolean;
  /** Whether it is an access, with `marked`, `size`, `offset`, `value`. */
  readonly access?: boolean;
  /** Whether it needs `context`. */
  readonly context?: boolean;
  /** Whether it may carry `nest` and `subclass`, as what asks for a lock. */
  readonly asks?: boolean;
  /** Whether it may carry `cookie`. */
  readonly cookie?: boolean;
  /** A field with a text that it needs. */
  readonly text?: 'name' | 'text';
}

/** The operations of heddle-trace, version 1. */
export const operationShapes: readonly OperationShape[] = [
  { name: 'acquire', op: Op.acquire, operand: 'lock', mode: true, asks: true },
  { name: 'try-failed', op: Op.tryFailed, operand: 'lock', mode: true },
  { name: 'wait', op: Op.wait, operand: 'lock', mode: true },
  { name: 'release', op: Op.release, operand: 'lock' },
  { name: 'downgrade', op: Op.downgrade, operand: 'lock' },
  { name: 'init', op: Op.init, operand: 'lock' },
  { name: 'free', op: Op.free, operand: 'lock' },
  { name: 'read', op: Op.read, operand: 'word', access: true },
  { name: 'write', op: Op.write, operand: 'word', access: true },
  { name: 'rmw', op: Op.readModifyWrite, operand: 'word', access: true },
  { name: 'fork', op: Op.fork, operand: 'agent' },
  { name: 'join', op: Op.join, operand: 'agent' },
  { name: 'complete', op: Op.complete, operand: 'lock' },
  { name: 'await', op: Op.await, operand: 'lock' },
  { name: 'wait-on', op: Op.waitOn, operand: 'word' },
  { name: 'notify', op: Op.notify, operand: 'word' },
  { name: 'irq-enter', op: Op.irqEnter, operand: 'none', context: true },
  { name: 'irq-exit', op: Op.irqExit, operand: 'none', context: true },
  { name: 'irq-disable', op: Op.irqDisable, operand: 'none', context: true },
  { name: 'irq-enable', op: Op.irqEnable, operand: 'none', context: true },
  { name: 'assert-held', op: Op.assertHeld, operand: 'lock', mode: true },
  { name: 'assert-not-held', op: Op.assertNotHeld, operand: 'lock', mode: true },
  { name: 'assert-exclusive-writer', op: Op.assertExclusiveWriter, operand: 'word', access: true },
  { name: 'assert-exclusive-access', op: Op.assertExclusiveAccess, operand: 'word', access: true },
  { name: 'retire', op: Op.retire, operand: 'word' },
  { name: 'revive', op: Op.revive, operand: 'word' },
  { name: 'enter', op: Op.enter, operand: 'none', text: 'name' },
  { name: 'exit', op: Op.exit, operand: 'none' },
  { name: 'agent-exit', op: Op.agentExit, operand: 'none' },
  { name: 'branch', op: Op.branch, operand: 'none' },
  { name: 'note', op: Op.note, operand: 'none', text: 'text' },
  { name: 'wait-join', op: Op.waitJoin, operand: 'agent' },
  { name: 'pin', op: Op.pin, operand: 'lock', cookie: true },
  { name: 'unpin', op: Op.unpin, operand: 'lock', cookie: true },
  { name: 'might-lock', op: Op.mightLock, operand: 'lock', mode: true, asks: true },
  { name: 'sync', op: Op.sync, operand: 'lock', mode: true, asks: true },
  { name: 'set-subclass', op: Op.setSubclass, operand: 'lock', asks: true },
  { name: 'return-to-user', op: Op.returnToUser, operand: 'none' },
  { name: 'freeze', op: Op.freeze, operand: 'none' },
  { name: 'assert-none-held', op: Op.assertNoneHeld, operand: 'none' },
  { name: 'assert-context', op: Op.assertContext, operand: 'none', context: true },
  { name: 'context-done', op: Op.contextDone, operand: 'lock' },
  { name: 'refused', op: Op.refused, operand: 'lock', asks: true },
];

/** How a lock is asked for or held. */
export const Mode = {
  write: 0,
  /** Queues behind waiting writers. */
  read: 1,
  /** May overtake waiting writers. */
  recursiveRead: 2,
  /** Only in assertions: held in whatever mode. */
  any: 3,
} as const;

/** Names of modes in heddle-trace, by number. */
export const modeNames: readonly string[] = ['write', 'read', 'recursive-read'];

/** Interrupt contexts, by number. */
export const Context = { hardirq: 0, softirq: 1 } as const;

/** Names of contexts in heddle-trace, by number. */
export const contextNames: readonly string[] = ['hardirq', 'softirq'];

/** What `assert-context` says of an interrupt context, by number. */
export const ContextState = { inside: 0, outside: 1, enabled: 2, disabled: 3 } as const;

/** Names of these in heddle-trace, by number. */
export const contextStateNames: readonly string[] = ['inside', 'outside', 'enabled', 'disabled'];

/** Which part of a scoped assertion an event is. */
export const Scope = { none: 0, begin: 1, end: 2 } as const;
