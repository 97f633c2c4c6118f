/**
 * Where everything of `heddle/locks` keeps its words: offsets from the first word of each, in
 * 32-bit words. Nothing else knows these offsets. Memory that is all zero is a valid lock that
 * nobody holds, so who attaches first has nothing to initialise.
 *
 *     agent table        | kind | capacity | deaths |                     one cache line
 *                        | id | thread | waits | generation |             one cache line a slot
 *     Mutex, SpinLock    | kind | state | asyncs | asyncWaiters |         one cache line
 *     RwLock,            | kind | state | reads | writes | asyncs | asyncWaiters | died |
 *     RwSemaphore        | id | held | wants | |                          four words a slot
 *     PercpuRwSemaphore  | kind | gate | gateAsyncs | gateAsyncWaiters | lines |
 *                        | reads | drains | asyncs | asyncWaiters |
 *                        | died | tries | news | strangers |           one cache line
 *                        | state | id | held |                            one cache line a slot
 *     SeqLock            | kind | lock | asyncs | asyncWaiters | sequence |
 *     Semaphore          | kind | state | seats | asyncs | asyncWaiters | permits | died |
 *                        | id | held | | |                                four words a slot
 *     Condition          | kind | sequence | asyncs | asyncWaiters | waiters |
 *     Barrier            | kind | parties | state | sequence | asyncs | asyncWaiters |
 *                        | id | | | |                                     four words a slot
 *     Completion         | kind | done | sequence | asyncs | asyncWaiters |
 *     Once               | kind | lock | asyncs | asyncWaiters | done |
 *
 * Words named in the plural that are not counts (`asyncs`, `reads`, `writes`, `drains`, `seats`)
 * and `sequence` are moved by who wakes and slept on by who waits.
 */
import { LockError } from './lock-error.ts';

/** Bytes of a 32-bit word. */
export const wordBytes = 4;
/** Bytes and words of a cache line. Every lock begins on one, counted from the buffer's start. */
export const lineBytes = 64;
export const lineWords = 16;

/** Marks what lies at an offset; an upper half that is unlikely to be anybody's data. */
export const LockKind = {
  agentTable: 0x4c0c0001,
  mutex: 0x4c0c0002,
  spinLock: 0x4c0c0003,
  rwLock: 0x4c0c0004,
  rwSemaphore: 0x4c0c0005,
  percpuRwSemaphore: 0x4c0c0006,
  seqLock: 0x4c0c0007,
  semaphore: 0x4c0c0008,
  condition: 0x4c0c0009,
  barrier: 0x4c0c000a,
  completion: 0x4c0c000b,
  once: 0x4c0c000c,
} as const;

/** A value of `LockKind`. */
export type LockKindWord = (typeof LockKind)[keyof typeof LockKind];

/** What is called how in messages and in `state()`. */
export const kindNames: Readonly<Record<LockKindWord, string>> = {
  [LockKind.agentTable]: 'AgentTable',
  [LockKind.mutex]: 'Mutex',
  [LockKind.spinLock]: 'SpinLock',
  [LockKind.rwLock]: 'RwLock',
  [LockKind.rwSemaphore]: 'RwSemaphore',
  [LockKind.percpuRwSemaphore]: 'PercpuRwSemaphore',
  [LockKind.seqLock]: 'SeqLock',
  [LockKind.semaphore]: 'Semaphore',
  [LockKind.condition]: 'Condition',
  [LockKind.barrier]: 'Barrier',
  [LockKind.completion]: 'Completion',
  [LockKind.once]: 'Once',
};

export const TableAt = {
  kind: 0,
  /** Slots that the table has. */
  capacity: 1,
  /** Counts agents that died; moves after the slot is marked. */
  deaths: 2,
  /** First word of slot 0. */
  slots: lineWords as number,
} as const;

export const SlotAt = {
  /** Who has the slot; 0: nobody; negative: the one of this number died. */
  id: 0,
  /** Its thread (`threadId` of node:worker_threads). */
  thread: 1,
  /** The word that the agent sleeps on, see `waitCode`; 0: it does not sleep. */
  waits: 2,
  /** Agents that have had the slot. */
  generation: 3,
  size: lineWords as number,
} as const;

/** The words of an exclusive lock (`ExclusiveLock`), from its state on. */
export const ExclusiveAt = { state: 0, asyncs: 1, asyncWaiters: 2, size: 3 } as const;

export const MutexAt = { kind: 0, exclusive: 1, size: lineWords as number } as const;

export const RwAt = {
  kind: 0,
  state: 1,
  /** Sleeping readers wait for it to move. */
  reads: 2,
  /** Sleeping writers wait for it to move. */
  writes: 3,
  asyncs: 4,
  asyncWaiters: 5,
  /** Readers whose share was taken back since they died. */
  died: 6,
  ledger: lineWords as number,
} as const;

export const PercpuAt = {
  kind: 0,
  /** An exclusive lock that the writer holds. */
  gate: 1,
  /** Lines that writers look at: one more than the highest slot that has ever attached. */
  lines: 4,
  reads: 5,
  /** The writer that waits for readers to leave sleeps on it. */
  drains: 6,
  asyncs: 7,
  asyncWaiters: 8,
  died: 9,
  /** Odd while a writer's try has stopped readers and may yet let them go. */
  tries: 10,
  /** 1: dead readers' shares were taken back, and no writer has been told. */
  news: 11,
  /** Readers that sleep though writers may not know their lines yet. */
  strangers: 12,
  readers: lineWords as number,
} as const;

/** One agent's part of a percpu lock. */
export const ReaderLineAt = {
  /** Shares that it holds, or is about to give back, and flags. */
  state: 0,
  id: 1,
  /** Shares that it holds; only it looks. */
  held: 2,
  size: lineWords as number,
} as const;

export const SeqLockAt = { kind: 0, exclusive: 1, sequence: 4, size: lineWords as number } as const;

export const SemaphoreAt = {
  kind: 0,
  state: 1,
  seats: 2,
  asyncs: 3,
  asyncWaiters: 4,
  /** One more than the permits, so that 0 is "not yet said". */
  permits: 5,
  died: 6,
  ledger: lineWords as number,
} as const;

/** What one agent has of a lock; only it writes there while it lives. */
export const LedgerAt = {
  id: 0,
  /** Shares, or permits, that it holds, and whose that is: see `heldBase`. */
  held: 1,
  /** Writers: requests that wait. */
  wants: 2,
  size: 4,
} as const;

export const ConditionAt = {
  kind: 0,
  sequence: 1,
  asyncs: 2,
  asyncWaiters: 3,
  /** Agents that wait, whichever way. */
  waiters: 4,
  size: lineWords as number,
} as const;

export const BarrierAt = {
  kind: 0,
  /** One more than the parties, so that 0 is "not yet said". */
  parties: 1,
  state: 2,
  sequence: 3,
  asyncs: 4,
  asyncWaiters: 5,
  ledger: lineWords as number,
} as const;

export const CompletionAt = {
  kind: 0,
  done: 1,
  sequence: 2,
  asyncs: 3,
  asyncWaiters: 4,
  size: lineWords as number,
} as const;

export const OnceAt = { kind: 0, exclusive: 1, done: 4, size: lineWords as number } as const;

/** In `LedgerAt.held`: the part that counts, and its zero (a semaphore's count may be below it). */
export const heldMask: number = (1 << 20) - 1;
export const heldZero: number = 1 << 19;

/**
 * What an agent's `held` is when it holds nothing. The upper bits differ from those of who had the
 * slot before, so that who takes back what a dead one had does not take it from its successor.
 */
export function heldBase(generation: number): number {
  return ((generation & 0x7ff) << 20) | heldZero;
}

/** In a percpu lock's line: bits that differ from those of who had the slot before, likewise. */
export function lineEpoch(generation: number): number {
  return (generation & 0x7) << 26;
}

/** Agents that one table can have room for. */
export const capacityMax = 64;

/** The part of an exclusive lock's state, or of a writer's, that says whose it is. */
export const idMask: number = (1 << 25) - 1;

/** The bits beside it. Bit 31 is not used, so that states are positive. */
export const Flag = {
  /** Of a reader/writer lock: a writer has it, and the low bits are its number, not a count. */
  writer: 0x0200_0000,
  /** Nobody can have it any more. */
  lost: 0x0400_0000,
  /** Of a lock that is shared, without a writer: dead holders' shares were taken back, unsaid. */
  holderDied: 0x0400_0000,
  /** Of an exclusive lock: its owner was found dead, and whoever sleeps shall look again. */
  ownerMarked: 0x0800_0000,
  /** Of a reader/writer lock: readers sleep. */
  readersSleep: 0x0800_0000,
  /** Its owner took it from one who died, and has not made it consistent. */
  inconsistent: 0x1000_0000,
  /** Somebody waits who does not block. */
  asyncs: 0x2000_0000,
  /** Of a percpu lock's line: its agent sleeps until the writer is out. */
  lineSleeps: 0x2000_0000,
  /** Somebody sleeps; of a reader/writer lock: a writer is queued. */
  sleepers: 0x4000_0000,
} as const;

/**
 * How `SlotAt.waits` names a word: twice its index, plus 1 if the word is an exclusive lock's state
 * (then only its dead owner may be marked), and not a sequence (which anybody may move).
 */
export function waitCode(index: number, holdsOwner: boolean): number {
  return index * 2 + (holdsOwner ? 1 : 0);
}

// The drawing above and the offsets are one: what has a size fits into it.
const fits: readonly [extent: number, room: number][] = [
  [MutexAt.exclusive + ExclusiveAt.size, MutexAt.size],
  [RwAt.died + 1, RwAt.ledger],
  [PercpuAt.gate + ExclusiveAt.size, PercpuAt.lines],
  [PercpuAt.strangers + 1, PercpuAt.readers],
  [SeqLockAt.exclusive + ExclusiveAt.size, SeqLockAt.sequence],
  [SemaphoreAt.died + 1, SemaphoreAt.ledger],
  [BarrierAt.asyncWaiters + 1, BarrierAt.ledger],
  [OnceAt.exclusive + ExclusiveAt.size, OnceAt.done],
  [lineWords * wordBytes, lineBytes],
];
for (const [extent, room] of fits) {
  if (extent > room) throw new LockError('EINVAL', '[internal] the layout of locks overlaps');
}
