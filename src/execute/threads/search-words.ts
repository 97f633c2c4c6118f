/** The words: a header, then one word for each thread. */
const At = { stop: 0, pause: 1, hungry: 2, tickets: 3, answered: 4 } as const;

/** Tickets that stand for any number. */
const unlimited = -1;

/** Milliseconds after which somebody who waits looks by himself. */
const lookMs = 500;

/**
 * Words of shared memory by which the threads of a divided search are told what they would not want
 * to wait for a message for: they look at them between two executions.
 */
export class SearchWords {
  /** What another thread is given to make its own. */
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;

  static for(threads: number): SearchWords {
    return new SearchWords(new SharedArrayBuffer((At.answered + threads) * 4));
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }

  /** Everybody is to end. */
  stop(): void {
    Atomics.store(this.words, At.stop, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.words, At.stop) !== 0;
  }

  /** Everybody is to say what is left and wait, or need not any more. */
  set pause(pause: boolean) {
    Atomics.store(this.words, At.pause, pause ? 1 : 0);
  }

  get pause(): boolean {
    return Atomics.load(this.words, At.pause) !== 0;
  }

  /** How many have nothing to do. */
  set hungry(count: number) {
    Atomics.store(this.words, At.hungry, count);
  }

  get hungry(): number {
    return Atomics.load(this.words, At.hungry);
  }

  /** One of those who have nothing to do will be given something by the caller. */
  feed(): boolean {
    const { words } = this;
    for (let count = this.hungry; count > 0; count = this.hungry) {
      if (Atomics.compareExchange(words, At.hungry, count, count - 1) === count) return true;
    }
    return false;
  }

  /** Executions that may still be begun; undefined: any number. */
  set tickets(count: number | undefined) {
    Atomics.store(this.words, At.tickets, count ?? unlimited);
  }

  get tickets(): number | undefined {
    const count = Atomics.load(this.words, At.tickets);
    return count === unlimited ? undefined : count;
  }

  /** Takes the right to begin an execution; false if there is none left. */
  takeTicket(): boolean {
    const { words } = this;
    for (;;) {
      const count = Atomics.load(words, At.tickets);
      if (count === unlimited) return true;
      if (count === 0) return false;
      if (Atomics.compareExchange(words, At.tickets, count, count - 1) === count) return true;
    }
  }

  returnTicket(): void {
    if (this.tickets !== undefined) Atomics.add(this.words, At.tickets, 1);
  }

  /** How many answers the thread has been given so far. */
  answers(thread: number): number {
    return Atomics.load(this.words, At.answered + thread);
  }

  /** The thread has been given an answer. */
  answered(thread: number): void {
    Atomics.add(this.words, At.answered + thread, 1);
    Atomics.notify(this.words, At.answered + thread);
  }

  /** Blocks until the thread has had more answers than so many, or some time has gone by. */
  awaitAnswer(thread: number, before: number): void {
    Atomics.wait(this.words, At.answered + thread, before, lookMs);
  }
}
