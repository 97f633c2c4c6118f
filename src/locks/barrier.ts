import { availableParallelism } from 'node:os';
import type { Agent } from './agent.ts';
import { BarrierAt, LedgerAt, lineBytes, LockKind, wordBytes } from './layout.ts';
import { Ledger } from './ledger.ts';
import { agree, checkCount } from './place.ts';
import { Waitable, type AsyncOptions, type LockOptions } from './waitable.ts';

/** The state: how many have come, and above it how often all had come. */
const arrivedBits = 10;
const arrivedMask = (1 << arrivedBits) - 1;
const generationMask = (1 << 20) - 1;

/**
 * Attempts before one sleeps, where all parties can be at work at the same time: for about as long
 * as it takes to be woken. Where they cannot, whoever spins keeps another one from coming.
 */
const spinsForOthers = 2000;
const processors = availableParallelism();

/** What a barrier says of itself, for debuggers. @public */
export interface BarrierState {
  readonly parties: number;
  /** Those who have come and wait for the others. */
  readonly arrived: number;
  /** How often all had come, modulo 2^20. */
  readonly generation: number;
}

/**
 * A barrier: nobody goes on before all parties have come; then it is ready for the next time.
 *
 * - Fairness: all go on.
 * - Cost: one compare-and-swap each; the last one wakes the others.
 * - Robust: when an agent that had attached dies, those who wait, and come after, get `EOWNERDEAD`,
 *   as the parties will not be complete any more. (An agent that leaves its table did not die.)
 * - A party that gives up (`waitFor`, an abort) has not come.
 *
 * @public
 */
export class Barrier extends Waitable {
  /** Its offset must be a multiple of this. */
  static readonly alignment: number = lineBytes;

  readonly parties: number;
  private readonly options: LockOptions;
  private readonly stateAt: number;
  private readonly ledger: Ledger;
  /** The one that this agent waits for the end of. */
  private generation = 0;
  /** How many had died when all parties were found alive. */
  private deathsSeen = -1;

  /**
   * Attaches to the barrier at a byte offset of the agent's buffer. Memory that is all zero is one
   * that nobody has come to.
   *
   * @param parties - 1 to 1,023; all who attach say the same
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(agent: Agent, offset: number, parties: number, options: LockOptions = {}) {
    checkCount('Barrier', 'parties', parties, arrivedMask);
    const bytes = Barrier.bytes(agent.table.capacity);
    super(
      agent,
      offset,
      bytes,
      LockKind.barrier,
      options,
      parties <= processors ? spinsForOthers : 0,
    );
    agree(this.words, this.first + BarrierAt.parties, parties, LockKind.barrier, 'parties');
    this.parties = parties;
    this.options = options;
    this.stateAt = this.first + BarrierAt.state;
    // Nobody holds a barrier.
    this.ledger = new Ledger(agent, this.first + BarrierAt.ledger, { stateAt: -1, diedAt: -1 });
    this.ledger.enter();
  }

  /** Bytes of the barrier, for a table of so many agents. */
  static bytes(capacity: number = 16): number {
    const used = (BarrierAt.ledger + capacity * LedgerAt.size) * wordBytes;
    return Math.ceil(used / lineBytes) * lineBytes;
  }

  /**
   * Blocks until all parties have come.
   *
   * @returns true for one of them, who came last (PTHREAD_BARRIER_SERIAL_THREAD of POSIX)
   * @throws LockError (`EOWNERDEAD`) if a party died
   */
  wait(): boolean {
    if (this.come()) return true;
    this.block(Infinity);
    return false;
  }

  /**
   * As `wait`, at most for so long.
   *
   * @param ms - milliseconds, 0 to 2,147,483,647
   * @returns whether all have come
   */
  waitFor(ms: number): boolean {
    this.checkMs(ms);
    return this.come() || this.block(ms) || !this.withdraw();
  }

  /** As `wait`, without blocking the thread. */
  async waitAsync(options: AsyncOptions = {}): Promise<boolean> {
    // One that waits alone: others of this thread may wait for another generation.
    const own = new Barrier(this.agent, this.offset, this.parties, this.options);
    if (own.come()) return true;
    try {
      await own.pend(options);
    } catch (error) {
      if (own.withdraw()) throw error;
    }
    return false;
  }

  state(): BarrierState {
    const seen = Atomics.load(this.words, this.stateAt);
    return { parties: this.parties, arrived: seen & arrivedMask, generation: seen >>> arrivedBits };
  }

  protected get sleepsAt(): number {
    return this.first + BarrierAt.sequence;
  }

  protected get asyncsAt(): number {
    return this.first + BarrierAt.asyncs;
  }

  protected attempt(): boolean {
    return Atomics.load(this.words, this.stateAt) >>> arrivedBits !== this.generation;
  }

  protected override contendOnce(): boolean {
    if (this.attempt()) return true;
    this.refuseIncomplete();
    return false;
  }

  /** Comes to the barrier; whether that was the last one. */
  private come(): boolean {
    const { words, stateAt, parties } = this;
    this.refuseIncomplete();
    for (;;) {
      const seen = Atomics.load(words, stateAt);
      const generation = seen >>> arrivedBits;
      const isLast = (seen & arrivedMask) + 1 === parties;
      const next = isLast ? ((generation + 1) & generationMask) << arrivedBits : seen + 1;
      if (Atomics.compareExchange(words, stateAt, seen, next) !== seen) continue;
      this.generation = generation;
      if (isLast) this.wakeAll();
      return isLast;
    }
  }

  /** Takes back having come; false if all have come meanwhile. */
  private withdraw(): boolean {
    const { words, stateAt } = this;
    for (;;) {
      const seen = Atomics.load(words, stateAt);
      if (seen >>> arrivedBits !== this.generation) return false;
      if (Atomics.compareExchange(words, stateAt, seen, seen - 1) === seen) return true;
    }
  }

  private wakeAll(): void {
    const { words } = this;
    this.wakeAt(this.sleepsAt);
    if (Atomics.load(words, this.asyncsAt + 1) !== 0) this.wakeAsyncs();
  }

  private refuseIncomplete(): void {
    const deaths = Atomics.load(this.words, this.agent.table.deathsAt);
    if (deaths === this.deathsSeen) return;
    if (!this.ledger.hasDead) {
      this.deathsSeen = deaths;
      return;
    }
    throw this.error(
      'EOWNERDEAD',
      'an agent that had attached to it died: it will not be complete',
    );
  }
}
