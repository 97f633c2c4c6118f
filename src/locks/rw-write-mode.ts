import { Flag, idMask, RwAt } from './layout.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { countMask, SharedLock, type RwState } from './shared-lock.ts';

/** The mode in which a reader/writer lock has one holder. */
export class RwWriteMode extends SharedLock {
  override lock(): LockOutcome {
    this.outcome = 'acquired';
    const taken = Flag.writer | this.id;
    if (Atomics.compareExchange(this.words, this.stateAt, 0, taken) !== 0) {
      if (!this.tryLock()) this.block(Infinity);
    }
    return this.outcome;
  }

  tryLock(): boolean {
    const { words, stateAt } = this;
    let seen = Atomics.load(words, stateAt);
    while ((seen & (Flag.writer | countMask)) === 0) {
      const taken = (seen & ~Flag.holderDied) | Flag.writer | this.id;
      const found = Atomics.compareExchange(words, stateAt, seen, taken);
      if (found === seen) {
        if ((seen & Flag.holderDied) !== 0) this.outcome = 'holderDied';
        return true;
      }
      seen = found;
    }
    return this.takeFromDead(seen);
  }

  unlock(): void {
    const taken = Flag.writer | this.id;
    const seen = Atomics.compareExchange(this.words, this.stateAt, taken, 0);
    if (seen !== taken) this.unlockContended(seen);
  }

  /**
   * From writing to reading, without anybody in between (downgrade_write of the kernel): the agent
   * then has a share.
   *
   * @throws LockError: `EPERM` if this agent does not hold it for writing; `EOWNERDEAD` if it has
   *   it from one who died and has not repaired it
   */
  downgrade(): void {
    const { words, stateAt } = this;
    let seen = Atomics.load(words, stateAt);
    if (!this.isMine(seen)) throw this.notMine(seen, 'downgraded');
    if ((seen & Flag.inconsistent) !== 0) {
      throw this.error('EOWNERDEAD', 'make it consistent before others read');
    }
    for (;;) {
      const shared = (seen & ~(Flag.writer | idMask)) + 1;
      const found = Atomics.compareExchange(words, stateAt, seen, shared);
      if (found === seen) break;
      seen = found;
    }
    words[this.heldAt]!++;
    if ((seen & Flag.asyncs) !== 0) this.wakeWriters(seen & Flag.asyncs);
    if ((this.stops & seen & Flag.sleepers) === 0) this.wakeReaders();
  }

  get inconsistent(): boolean {
    const seen = Atomics.load(this.words, this.stateAt);
    return this.isMine(seen) && (seen & Flag.inconsistent) !== 0;
  }

  makeConsistent(): void {
    const seen = Atomics.load(this.words, this.stateAt);
    if (!this.isMine(seen)) throw this.notMine(seen, 'made consistent');
    if ((seen & Flag.inconsistent) === 0) {
      throw this.error('EINVAL', 'it is consistent: no writer had died');
    }
    Atomics.and(this.words, this.stateAt, ~Flag.inconsistent);
  }

  /** What the whole lock says of itself. */
  state(): RwState {
    const { words, first } = this;
    const { table } = this.agent;
    const seen = Atomics.load(words, this.stateAt);
    const writer = (seen & Flag.writer) === 0 ? 0 : seen & idMask;
    const writerAlive = writer !== 0 && table.isAlive(writer);
    const inconsistent = (seen & Flag.inconsistent) !== 0 || (writer !== 0 && !writerAlive);
    return {
      writer,
      writerAlive,
      readers: (seen & Flag.writer) === 0 ? seen & countMask : 0,
      holders: this.ledger.holders(),
      writersWaiting: table.sleepersAt(first + RwAt.writes),
      readersWaiting: table.sleepersAt(first + RwAt.reads),
      asyncWaiters: Atomics.load(words, first + RwAt.asyncWaiters),
      data:
        writer === 0 && (seen & Flag.writer) !== 0
          ? 'lost'
          : inconsistent
            ? 'inconsistent'
            : 'consistent',
      readersDied: Atomics.load(words, first + RwAt.died),
    };
  }

  protected get sleepsAt(): number {
    return this.first + RwAt.writes;
  }

  protected attempt(): boolean {
    return this.tryLock();
  }

  protected override arrive(): void {
    this.ledger.want(1);
  }

  protected override depart(got: boolean): void {
    this.ledger.want(-1);
    // Who gives up must not leave readers waiting for it.
    if (got || (Atomics.load(this.words, this.stateAt) & Flag.sleepers) === 0) return;
    if (!this.ledger.wanted) this.clearQueue();
  }

  protected override contendOnce(asynchronous: boolean): boolean | undefined {
    if (this.tryLock()) return true;
    const { words, stateAt } = this;
    const seen = Atomics.load(words, stateAt);
    if ((seen & (Flag.writer | countMask)) === 0) return undefined;
    if (!asynchronous) this.refuseDeadlock(seen);
    if ((seen & Flag.writer) === 0) {
      if (this.ledger.takeFromDead() > 0) {
        this.wakeForDead();
        return undefined;
      }
    }
    const flags = asynchronous ? Flag.asyncs | Flag.sleepers : Flag.sleepers;
    if ((seen & flags) === flags) return false;
    return Atomics.compareExchange(words, stateAt, seen, seen | flags) === seen ? false : undefined;
  }

  private refuseDeadlock(seen: number): void {
    if (this.isMine(seen)) {
      throw this.error('EDEADLK', `agent ${this.id} holds it already and would wait for itself`);
    }
    if (this.words[this.heldAt] !== this.ledger.none) {
      throw this.error('EDEADLK', `agent ${this.id} has a share and would wait for itself`);
    }
  }

  private takeFromDead(seen: number): boolean {
    if (!this.deadWriter(seen)) return false;
    const kept = seen & (Flag.sleepers | Flag.readersSleep | Flag.asyncs);
    const taken = Flag.writer | this.id | Flag.inconsistent | kept;
    if (Atomics.compareExchange(this.words, this.stateAt, seen, taken) !== seen) return false;
    this.outcome = 'ownerDied';
    return true;
  }

  private unlockContended(first: number): void {
    if (!this.isMine(first)) throw this.notMine(first, 'released for writing');
    if ((first & Flag.inconsistent) !== 0) {
      this.lose();
      return;
    }
    const flags = this.giveUp(first);
    this.wakeWriters(flags);
    if ((flags & this.stops & Flag.sleepers) === 0) this.wakeReaders();
  }

  /** Gives the lock up; the flags of who is to be told. */
  private giveUp(first: number): number {
    const { words, stateAt } = this;
    let seen = first;
    for (;;) {
      // Queued writers stay queued: what stops readers stays.
      const free = seen & (Flag.sleepers | Flag.readersSleep | Flag.asyncs);
      const found = Atomics.compareExchange(words, stateAt, seen, free);
      if (found === seen) return seen & (Flag.sleepers | Flag.asyncs);
      seen = found;
    }
  }

  /** Released when it was inconsistent: everybody who waits shall hear of it. */
  private lose(): void {
    const { words, first } = this;
    Atomics.store(words, this.stateAt, Flag.writer | Flag.lost);
    for (const at of [RwAt.writes, RwAt.reads, RwAt.asyncs]) {
      this.wakeAt(first + at);
    }
  }

  private isMine(seen: number): boolean {
    return (seen & (Flag.writer | idMask)) === (Flag.writer | this.id);
  }

  private notMine(seen: number, what: string): Error {
    const writer = (seen & Flag.writer) === 0 ? 0 : seen & idMask;
    const held = writer === 0 ? 'nobody holds it for writing' : `agent ${writer} holds it`;
    return this.error('EPERM', `${what} by agent ${this.id}, but ${held}`);
  }
}
