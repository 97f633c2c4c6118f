import type { Agent } from './agent.ts';
import { CompletionAt, lineBytes, LockKind, wordBytes } from './layout.ts';
import { Waitable, type AsyncOptions, type LockOptions } from './waitable.ts';

/** The count that `completeAll` sets, from which a wait takes nothing. */
const doneForAll = 0x3fffffff;

/** What a completion says of itself, for debuggers. @public */
export interface CompletionState {
  /** Waits that can end at once; `Infinity` after `completeAll`. */
  readonly done: number;
  /** Agents that sleep, and asynchronous waits. */
  readonly waiters: number;
}

/**
 * Something that is waited for, and that somebody says is done (kernel/sched/completion.c): once
 * for each wait, or for all.
 *
 * - Fairness: of those who sleep, the first one is woken.
 * - Cost: a compare-and-swap and a wake-up to complete; a load and a compare-and-swap for a wait
 *   that need not sleep.
 * - No owner: whoever likes may complete it. That who should have done so has died cannot be known
 *   here; who waits sees it in the agent table.
 *
 * @public
 */
export class Completion extends Waitable {
  /** Bytes of the completion. */
  static readonly bytes: number = CompletionAt.size * wordBytes;
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  private readonly doneAt: number;

  /**
   * Attaches to the completion at a byte offset of the agent's buffer. Memory that is all zero is
   * one that is not done.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    super(agent, offset, Completion.bytes, LockKind.completion, options);
    this.doneAt = this.first + CompletionAt.done;
  }

  /**
   * Lets one wait end, now or later.
   *
   * @throws LockError (`EAGAIN`) after a billion calls that nobody waited for
   */
  complete(): void {
    const { words, doneAt } = this;
    for (;;) {
      const seen = Atomics.load(words, doneAt);
      if (seen === doneForAll) return;
      if (seen === doneForAll - 1) throw this.error('EAGAIN', 'completed too often');
      if (Atomics.compareExchange(words, doneAt, seen, seen + 1) === seen) break;
    }
    this.wake(1);
  }

  /** Lets all waits end, now and later, until `reinit`. */
  completeAll(): void {
    Atomics.store(this.words, this.doneAt, doneForAll);
    this.wake(Infinity);
  }

  /** Makes it not done again. Nobody may be waiting or completing meanwhile. */
  reinit(): void {
    Atomics.store(this.words, this.doneAt, 0);
  }

  /** Blocks until it is done. */
  wait(): void {
    if (!this.tryWait()) this.block(Infinity);
  }

  /** Ends a wait if it is done already; whether it is. */
  tryWait(): boolean {
    const { words, doneAt } = this;
    for (;;) {
      const seen = Atomics.load(words, doneAt);
      if (seen === 0) return false;
      if (seen === doneForAll) return true;
      if (Atomics.compareExchange(words, doneAt, seen, seen - 1) === seen) return true;
    }
  }

  /**
   * As `wait`, at most for so long.
   *
   * @param ms - milliseconds, 0 to 2,147,483,647
   * @returns whether it is done
   */
  waitFor(ms: number): boolean {
    this.checkMs(ms);
    return this.tryWait() || this.block(ms);
  }

  /** As `wait`, without blocking the thread. */
  async waitAsync(options: AsyncOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (!this.tryWait()) await this.pend(options);
  }

  /** Whether a wait would end at once. */
  get isDone(): boolean {
    return Atomics.load(this.words, this.doneAt) !== 0;
  }

  state(): CompletionState {
    const done = Atomics.load(this.words, this.doneAt);
    return { done: done === doneForAll ? Infinity : done, waiters: this.waiterCount };
  }

  protected get sleepsAt(): number {
    return this.first + CompletionAt.sequence;
  }

  protected get asyncsAt(): number {
    return this.first + CompletionAt.asyncs;
  }

  protected attempt(): boolean {
    return this.tryWait();
  }

  private wake(count: number): void {
    const { words } = this;
    this.wakeAt(this.sleepsAt, count);
    if (Atomics.load(words, this.asyncsAt + 1) !== 0) this.wakeAsyncs();
  }
}
