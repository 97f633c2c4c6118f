import type { Agent } from './agent.ts';
import { ExclusiveLock, type ExclusiveState } from './exclusive-lock.ts';
import { lineBytes, LockKind, OnceAt, wordBytes } from './layout.ts';
import type { AsyncOptions, LockOptions } from './waitable.ts';

/** How a function of `Once` is called. @public */
export interface OnceCall {
  /** An agent died in the middle of it before: what it did may be half done. */
  readonly ownerDied: boolean;
}

/** What a once says of itself, for debuggers. @public */
export interface OnceState extends ExclusiveState {
  readonly done: boolean;
}

/**
 * Something that is done once, by whoever comes first; the others wait for its end.
 *
 * - Fairness: none promised.
 * - Cost: one load when it is done.
 * - A function that throws has not done it, and the next one tries (as std::call_once of C++). So
 *   does the next one after an agent that died in it, and is told.
 *
 * @public
 */
export class Once {
  /** Bytes of the once. */
  static readonly bytes: number = OnceAt.size * wordBytes;
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  private readonly lock: ExclusiveLock;
  private readonly words: Int32Array;
  private readonly doneAt: number;

  /**
   * Attaches to the once at a byte offset of the agent's buffer. Memory that is all zero is one
   * that is not done.
   *
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, options: LockOptions = {}) {
    const { bytes } = Once;
    this.lock = new ExclusiveLock(agent, offset, bytes, LockKind.once, OnceAt.exclusive, options);
    this.words = agent.words;
    this.doneAt = offset / wordBytes + OnceAt.done;
  }

  /** Whether it has been done. */
  get isDone(): boolean {
    return Atomics.load(this.words, this.doneAt) !== 0;
  }

  /**
   * Does it, unless it has been done; blocks while another agent is at it.
   *
   * @param body - must not be asynchronous: use `callAsync`
   * @returns whether this call did it
   * @throws LockError (`EDEADLK`) if the function calls it again
   */
  call(body: (call: OnceCall) => void): boolean {
    if (this.isDone) return false;
    const ownerDied = this.lock.lock() === 'ownerDied';
    try {
      if (ownerDied) this.lock.makeConsistent();
      if (this.isDone) return false;
      body({ ownerDied });
      Atomics.store(this.words, this.doneAt, 1);
      return true;
    } finally {
      this.lock.unlock();
    }
  }

  /** As `call`, without blocking the thread, and for functions that may be asynchronous. */
  async callAsync(
    body: (call: OnceCall) => void | Promise<void>,
    options: AsyncOptions = {},
  ): Promise<boolean> {
    if (this.isDone) return false;
    const ownerDied = (await this.lock.lockAsync(options)) === 'ownerDied';
    try {
      if (ownerDied) this.lock.makeConsistent();
      if (this.isDone) return false;
      await body({ ownerDied });
      Atomics.store(this.words, this.doneAt, 1);
      return true;
    } finally {
      this.lock.unlock();
    }
  }

  state(): OnceState {
    return { ...this.lock.state(), done: this.isDone };
  }
}
