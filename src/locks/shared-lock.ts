import type { Agent } from './agent.ts';
import { Flag, idMask, LedgerAt, lineBytes, RwAt, wordBytes, type LockKindWord } from './layout.ts';
import { Ledger } from './ledger.ts';
import { Lock } from './lock.ts';
import type { LockOptions } from './waitable.ts';

/** What a reader/writer lock says of itself, for debuggers. @public */
export interface RwState {
  /** The agent that holds it for writing; 0: nobody. */
  readonly writer: number;
  readonly writerAlive: boolean;
  /** Shares that are held for reading, the dead ones' that nobody has taken back yet included. */
  readonly readers: number;
  /** Shares of each agent, by its number. */
  readonly holders: ReadonlyMap<number, number>;
  /** Writers that sleep. */
  readonly writersWaiting: number;
  /** Readers that sleep. */
  readonly readersWaiting: number;
  /** Asynchronous waits of both. */
  readonly asyncWaiters: number;
  readonly data: 'consistent' | 'inconsistent' | 'lost';
  /** Shares of dead readers that were taken back so far. */
  readonly readersDied: number;
}

/** Bytes of a reader/writer lock on one word, for a table of so many agents. */
export function rwBytes(capacity: number): number {
  const bytes = (RwAt.ledger + capacity * LedgerAt.size) * wordBytes;
  return Math.ceil(bytes / lineBytes) * lineBytes;
}

/** The low bits when no writer has the lock: how many shares are held. */
export const countMask: number = idMask;

/**
 * A reader/writer lock on one word: what its two modes have in common.
 *
 *     count                        so many shares are held
 *     writer + id                  a writer has it
 *     + sleepers                   writers are queued
 *     + readersSleep, + asyncs     readers sleep; somebody waits without blocking
 *     + holderDied                 dead readers' shares were taken back; the next writer is told
 *     + inconsistent               the writer has it from one who died
 *     writer + lost                a writer released it when it was inconsistent
 *
 * Shares are taken by compare-and-swap, and not by adding and looking, so that nobody ever sees a
 * reader that is about to back out: a try fails only if it must.
 */
export abstract class SharedLock extends Lock {
  protected readonly stateAt: number;
  protected readonly id: number;
  protected readonly ledger: Ledger;
  protected readonly heldAt: number;
  /** What stops new readers. */
  protected readonly stops: number;

  constructor(
    agent: Agent,
    offset: number,
    kind: LockKindWord,
    stops: number,
    options: LockOptions,
  ) {
    super(agent, offset, rwBytes(agent.table.capacity), kind, options);
    this.id = agent.id;
    this.stateAt = this.first + RwAt.state;
    const { stateAt } = this;
    const diedAt = this.first + RwAt.died;
    this.ledger = new Ledger(agent, this.first + RwAt.ledger, { stateAt, diedAt });
    this.heldAt = this.ledger.heldAt;
    this.stops = stops;
    if (this.ledger.enter() > 0) this.wakeForDead();
  }

  protected get asyncsAt(): number {
    return this.first + RwAt.asyncs;
  }

  /** Dead readers' shares were taken back: if they were the last ones, lets writers look. */
  protected wakeForDead(): void {
    const flags = this.leave(0);
    if (flags !== 0) this.wakeWriters(flags);
  }

  /**
   * Takes shares off the state.
   *
   * @returns the flags of who is to be told, if they were the last ones
   */
  protected leave(shares: number): number {
    const state = Atomics.sub(this.words, this.stateAt, shares) - shares;
    return (state & countMask) === 0 ? state & (Flag.sleepers | Flag.asyncs) : 0;
  }

  /** Nobody holds the lock: one of the queued writers may go, and asynchronous waiters. */
  protected wakeWriters(flags: number): void {
    const { words, first } = this;
    if ((flags & Flag.sleepers) !== 0) {
      if (this.ledger.wanted) {
        this.wakeAt(first + RwAt.writes, 1);
      } else this.clearQueue();
    }
    if ((flags & Flag.asyncs) !== 0) {
      Atomics.and(words, this.stateAt, ~Flag.asyncs);
      this.wakeAsyncs();
    }
  }

  /**
   * No writer is queued any more: readers may go. A writer that queues just now may have seen the
   * flag before it was cleared; it looks again, since the word that it is about to sleep on moves.
   */
  protected clearQueue(): void {
    const { words, first } = this;
    const before = Atomics.and(words, this.stateAt, ~(Flag.sleepers | Flag.asyncs));
    this.wakeAt(first + RwAt.writes);
    this.wakeReaders();
    if ((before & Flag.asyncs) !== 0) this.wakeAsyncs();
  }

  protected wakeReaders(): void {
    const { words, first } = this;
    if ((Atomics.load(words, this.stateAt) & Flag.readersSleep) === 0) return;
    const before = Atomics.and(words, this.stateAt, ~Flag.readersSleep);
    if ((before & Flag.readersSleep) === 0) return;
    this.wakeAt(first + RwAt.reads);
  }

  /** The owner if it is a dead writer. */
  protected deadWriter(seen: number): boolean {
    if ((seen & Flag.writer) === 0) return false;
    if ((seen & Flag.lost) !== 0) {
      throw this.error('ENOTRECOVERABLE', 'its writer died, and the next one did not repair it');
    }
    const owner = seen & idMask;
    return owner !== this.id && !this.agent.table.isAlive(owner);
  }
}
