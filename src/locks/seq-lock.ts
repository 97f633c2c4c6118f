import type { Agent } from './agent.ts';
import { ExclusiveLock, type ExclusiveState } from './exclusive-lock.ts';
import { lineBytes, LockKind, SeqLockAt, wordBytes } from './layout.ts';
import { LockError } from './lock-error.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { pause } from './spin.ts';
import type { AsyncOptions, LockOptions } from './waitable.ts';

const bytes = SeqLockAt.size * wordBytes;

/** What a sequence lock says of itself, for debuggers. @public */
export interface SeqLockState extends ExclusiveState {
  /** Odd while a writer is at work. */
  readonly sequence: number;
}

/** The mode in which a sequence lock has one holder: its sequence is odd meanwhile. */
export class SeqWriteMode extends ExclusiveLock {
  private readonly sequenceAt: number;

  constructor(agent: Agent, offset: number, options: LockOptions) {
    super(agent, offset, bytes, LockKind.seqLock, SeqLockAt.exclusive, options);
    this.sequenceAt = this.first + SeqLockAt.sequence;
  }

  override lock(): LockOutcome {
    this.outcome = 'acquired';
    if (!this.tryLock()) this.block(Infinity);
    return this.outcome;
  }

  override tryLock(): boolean {
    if (!super.tryLock()) return false;
    this.beginWrite();
    return true;
  }

  override unlock(): void {
    // What a dead writer left and nobody repaired stays odd, and readers are told.
    if (this.isMineInOrder) Atomics.add(this.words, this.sequenceAt, 1);
    super.unlock();
  }

  protected override block(ms: number): boolean {
    if (!super.block(ms)) return false;
    this.beginWrite();
    return true;
  }

  protected override async pend(options: AsyncOptions): Promise<LockOutcome> {
    const outcome = await super.pend(options);
    this.beginWrite();
    return outcome;
  }

  /** Makes the sequence odd; after a dead writer it is. */
  private beginWrite(): void {
    Atomics.or(this.words, this.sequenceAt, 1);
  }
}

/** Waits until no writer is at work, without becoming one. */
class WriteEnd extends ExclusiveLock {
  constructor(agent: Agent, offset: number, options: LockOptions) {
    super(agent, offset, bytes, LockKind.seqLock, SeqLockAt.exclusive, options);
  }

  /** Blocks while a writer is at work. */
  await(): void {
    this.block(Infinity);
  }

  protected override attempt(): boolean {
    return this.isFree;
  }

  protected override contend(): boolean {
    if (!this.flagSleeper()) return false;
    // The wake-up was perhaps one that a writer should have had.
    Atomics.notify(this.words, this.sleepsAt, 1);
    return true;
  }
}

/**
 * A sequence lock (include/linux/seqlock.h): readers write nothing, and read again if a writer was
 * at work meanwhile.
 *
 * - Fairness: writers as `Mutex`; a reader may have to begin again any number of times.
 * - Cost: two loads to read, of one word that only writers change. To write, what a `Mutex` costs
 *   and two additions.
 * - Memory order: what is guarded must be read and written by `Atomics`. Plain reads may be moved
 *   past the second look at the sequence (Boehm, "Can seqlocks get along with programming language
 *   memory models?", MSPC 2012), and are a data race in any case.
 * - Robust: when a writer died readers get `EOWNERDEAD` until a writer has repaired what it left.
 *
 * @public
 */
export class SeqLock {
  /** Bytes of the lock. */
  static readonly bytes: number = bytes;
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  readonly write: SeqWriteMode;
  private readonly writeEnd: WriteEnd;
  private readonly words: Int32Array;
  private readonly sequenceAt: number;
  private readonly spins: number;

  /**
   * Attaches to the lock at a byte offset of the agent's buffer. Memory that is all zero is a free
   * one.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    this.write = new SeqWriteMode(agent, offset, options);
    this.writeEnd = new WriteEnd(agent, offset, options);
    this.words = agent.words;
    this.sequenceAt = offset / wordBytes + SeqLockAt.sequence;
    this.spins = this.write.spinCount;
  }

  /**
   * The sequence at which a read begins (read_seqbegin of the kernel); waits while a writer is at
   * work.
   *
   * @throws LockError: `EDEADLK` if this agent is the writer, `EOWNERDEAD`, `ENOTRECOVERABLE`
   */
  begin(): number {
    for (let left = this.spins; ; left--) {
      const sequence = Atomics.load(this.words, this.sequenceAt);
      if ((sequence & 1) === 0) return sequence;
      if (left > 0) pause();
      else this.awaitWriter();
    }
  }

  /** Whether a writer was at work since, so that what was read is worth nothing. */
  retry(begun: number): boolean {
    return Atomics.load(this.words, this.sequenceAt) !== begun;
  }

  /**
   * Runs the function until no writer was at work meanwhile.
   *
   * @param body - only reads, by `Atomics`; may see half of a change before it is run again
   */
  read<Result>(body: () => Result): Result {
    for (;;) {
      const begun = this.begin();
      const result = body();
      if (!this.retry(begun)) return result;
    }
  }

  /** Who holds it and who waits, for debuggers. */
  state(): SeqLockState {
    const sequence = Atomics.load(this.words, this.sequenceAt);
    return { ...this.write.state(), sequence };
  }

  private awaitWriter(): void {
    const { trouble } = this.write;
    if (trouble !== undefined) {
      throw new LockError(trouble, `SeqLock: its writer died, and nobody has repaired it`);
    }
    this.writeEnd.await();
  }
}
