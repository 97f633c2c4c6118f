import { Flag, idMask, RwAt } from './layout.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { countMask, SharedLock } from './shared-lock.ts';

/** The mode in which a reader/writer lock is shared. */
export class RwReadMode extends SharedLock {
  override lock(): LockOutcome {
    this.outcome = 'acquired';
    const { words, heldAt } = this;
    if (Atomics.compareExchange(words, this.stateAt, 0, 1) === 0) words[heldAt]!++;
    else if (!this.tryLock()) this.block(Infinity);
    return this.outcome;
  }

  tryLock(): boolean {
    const { words, stateAt, stops, heldAt } = this;
    let seen = Atomics.load(words, stateAt);
    while ((seen & stops) === 0) {
      if ((seen & countMask) === countMask) throw this.error('EAGAIN', 'too many shares');
      const found = Atomics.compareExchange(words, stateAt, seen, seen + 1);
      if (found === seen) {
        words[heldAt]!++;
        return true;
      }
      seen = found;
    }
    if (this.deadWriter(seen)) throw this.writerDied();
    return false;
  }

  unlock(): void {
    const { words, heldAt } = this;
    if (words[heldAt] === this.ledger.none) {
      throw this.error('EPERM', `released for reading by agent ${this.id}, which has no share`);
    }
    const flags = this.leave(1);
    words[heldAt]!--;
    if (flags !== 0) this.wakeWriters(flags);
  }

  /** Readers never have what a dead one left. */
  get inconsistent(): boolean {
    return false;
  }

  makeConsistent(): void {
    throw this.error('EPERM', 'readers do not repair: hold it for writing');
  }

  protected get sleepsAt(): number {
    return this.first + RwAt.reads;
  }

  protected attempt(): boolean {
    return this.tryLock();
  }

  protected override contendOnce(asynchronous: boolean): boolean | undefined {
    if (this.tryLock()) return true;
    const { words, stateAt } = this;
    const seen = Atomics.load(words, stateAt);
    if ((seen & this.stops) === 0) return undefined;
    if ((seen & Flag.writer) === 0 && !this.ledger.wanted) {
      this.clearQueue();
      return undefined;
    }
    if (!asynchronous) this.refuseDeadlock(seen);
    const flag = asynchronous ? Flag.asyncs : Flag.readersSleep;
    if ((seen & flag) !== 0) return false;
    return Atomics.compareExchange(words, stateAt, seen, seen | flag) === seen ? false : undefined;
  }

  private refuseDeadlock(seen: number): void {
    if ((seen & Flag.writer) !== 0 && (seen & idMask) === this.id) {
      throw this.error('EDEADLK', `agent ${this.id} holds it for writing`);
    }
    if ((seen & Flag.writer) === 0 && this.words[this.heldAt] !== this.ledger.none) {
      const why =
        'has a share, which a queued writer waits for, and new readers wait for the writer';
      throw this.error('EDEADLK', `agent ${this.id} ${why}`);
    }
  }

  private writerDied(): Error {
    return this.error(
      'EOWNERDEAD',
      'its writer died: hold it for writing, and repair what it guards',
    );
  }
}
