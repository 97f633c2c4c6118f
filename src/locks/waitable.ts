import type { Agent } from './agent.ts';
import { keepAlive, nowMs, waitMsMax } from './clock.ts';
import { kindNames, wordBytes, type LockKindWord } from './layout.ts';
import { LockError, type LockErrorCode } from './lock-error.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { attach } from './place.ts';
import { checkSpins, pause, spinsDefault } from './spin.ts';

/** What every lock can be told when it is attached. @public */
export interface LockOptions {
  /**
   * Attempts of a waiter before it sleeps, 0 to 1,000,000; default: what the agent joined with, and
   * without that 100 (2,000 of a `SpinLock`,
   * 0 of a `Condition` and a `Barrier`). Spinning is the only thing that it decides.
   */
  readonly spins?: number | undefined;
}

/** How an asynchronous wait can be ended. @public */
export interface AsyncOptions {
  /** Ends the wait: the promise rejects with the signal's reason, and nothing is held. */
  readonly signal?: AbortSignal | undefined;
}

/** Turns a message into what a promise settles with when the first of some things happens. */
type Wake = () => void;

/**
 * Something that an agent waits at: the one loop that spins, sleeps and times out. What is waited
 * for, `contend` says.
 *
 * Who blocks and who does not sleep on different words, so that a wake-up meant for a blocked
 * thread is not taken by a promise of a thread that is busy. All asynchronous waiters are woken
 * together; there are few of them, as one thread has them all or most.
 */
export abstract class Waitable {
  /** Byte offset in the agent's buffer. */
  readonly offset: number;
  protected readonly agent: Agent;
  protected readonly words: Int32Array;
  /** Index of the first word. */
  protected readonly first: number;
  protected readonly kind: LockKindWord;
  protected readonly spins: number;
  /** What the word that is slept on must still be, as `contend` has found it. */
  protected expected = 0;
  /** How the last attempt that had success had it. */
  protected outcome: LockOutcome = 'acquired';

  protected constructor(
    agent: Agent,
    offset: number,
    bytes: number,
    kind: LockKindWord,
    options: LockOptions,
    spins: number = spinsDefault,
  ) {
    this.first = attach(agent, offset, bytes, kind);
    this.agent = agent;
    this.words = agent.words;
    this.offset = offset;
    this.kind = kind;
    this.spins = options.spins ?? agent.spins ?? spins;
    checkSpins(this.spins);
  }

  /** The word that blocked agents sleep on. */
  protected abstract get sleepsAt(): number;

  /** The word that asynchronous waiters sleep on; the next one counts them. */
  protected abstract get asyncsAt(): number;

  /** Whether the word that blocked agents sleep on holds an exclusive lock's owner. */
  protected get holdsOwner(): boolean {
    return false;
  }

  /** An attempt that leaves nothing behind if it fails; for spinning. */
  protected abstract attempt(): boolean;

  /**
   * An attempt of one who will sleep if it fails: makes sure that it will be woken, and sets
   * `expected`. Reads that word before it looks at the state.
   *
   * @throws LockError if it would wait for itself, or for ever
   */
  protected contend(asynchronous: boolean): boolean {
    this.expected = Atomics.load(this.words, asynchronous ? this.asyncsAt : this.sleepsAt);
    for (;;) {
      const got = this.contendOnce(asynchronous);
      if (got !== undefined) return got;
    }
  }

  /**
   * One turn of it. For many an attempt is enough, as whoever changes the state moves the word.
   *
   * @returns undefined: the state has changed meanwhile, and it is to be tried again
   */
  protected contendOnce(_asynchronous: boolean): boolean | undefined {
    return this.attempt();
  }

  /** A waiter begins to wait. */
  protected arrive(): void {
    // Most have nothing to note.
  }

  /** A waiter waits no longer; whether it has got what it waited for. */
  protected depart(_got: boolean): void {
    // Most have nothing to note.
  }

  /**
   * Blocks until there, at most for so long.
   *
   * @returns false: the time is over
   */
  protected block(ms: number): boolean {
    for (let left = this.spins; left > 0; left--) {
      pause();
      if (this.attempt()) return true;
    }
    const { agent, words, sleepsAt } = this;
    const endMs = ms === Infinity ? Infinity : nowMs() + ms;
    let got = false;
    agent.beginSleep(sleepsAt, this.holdsOwner);
    this.arrive();
    try {
      for (;;) {
        got = this.contend(false);
        if (got) return true;
        if (ms === Infinity) Atomics.wait(words, sleepsAt, this.expected);
        else {
          const left = endMs - nowMs();
          if (left <= 0) return false;
          if (Atomics.wait(words, sleepsAt, this.expected, left) === 'timed-out') {
            return (got = this.contend(false));
          }
        }
      }
    } finally {
      this.depart(got);
      agent.endSleep();
    }
  }

  /** As `block`, without blocking the thread and without a limit; keeps the process alive. */
  protected async pend({ signal }: AsyncOptions): Promise<LockOutcome> {
    const { words, asyncsAt } = this;
    signal?.throwIfAborted();
    const release = keepAlive();
    let wake: Wake = () => undefined;
    const look = (): void => wake();
    const forget = this.agent.onDeath(look);
    signal?.addEventListener('abort', look);
    Atomics.add(words, asyncsAt + 1, 1);
    let got = false;
    this.arrive();
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        got = this.contend(true);
        if (got) return this.outcome;
        const wait = Atomics.waitAsync(words, asyncsAt, this.expected);
        if (!wait.async) continue;
        void wait.value.then(wake);
        await woken;
        signal?.throwIfAborted();
      }
    } finally {
      this.depart(got);
      Atomics.sub(words, asyncsAt + 1, 1);
      signal?.removeEventListener('abort', look);
      forget();
      release();
    }
  }

  /** Wakes all asynchronous waiters: they look again. */
  protected wakeAsyncs(): void {
    this.wakeAt(this.asyncsAt);
  }

  /**
   * Moves a word that waiters sleep on, and wakes those who sleep there, at most so many.
   *
   * @returns how many were woken
   */
  protected wakeAt(at: number, most: number = Infinity): number {
    this.move(at);
    return Atomics.notify(this.words, at, most);
  }

  /** Who is about to sleep on a word will not. */
  protected move(at: number): void {
    Atomics.add(this.words, at, 1);
  }

  /** How many wait: blocked ones that live, and asynchronous ones. */
  protected get waiterCount(): number {
    const blocked = this.agent.table.sleepersAt(this.sleepsAt);
    return blocked + Atomics.load(this.words, this.asyncsAt + 1);
  }

  /** Attempts of a waiter before it sleeps. */
  get spinCount(): number {
    return this.spins;
  }

  protected checkMs(ms: number): void {
    if (ms >= 0 && ms <= waitMsMax) return;
    throw new LockError(
      'EINVAL',
      `${this.name}: expected \`ms\` to be 0 to ${waitMsMax}, got ${ms}`,
    );
  }

  /** What messages call it. */
  protected get name(): string {
    return `${kindNames[this.kind]} at offset ${this.first * wordBytes}`;
  }

  protected error(code: LockErrorCode, what: string): LockError {
    return new LockError(code, `${this.name}: ${what}`);
  }
}
