import { nowMs } from './clock.ts';
import { Flag, PercpuAt, ReaderLineAt } from './layout.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { countMask, PercpuLock } from './percpu-lock.ts';
import type { RwState } from './shared-lock.ts';
import type { AsyncOptions } from './waitable.ts';

/** The mode in which a percpu lock has one holder, which pays for what readers save. */
export class PercpuWriteMode extends PercpuLock {
  override lock(): LockOutcome {
    this.refuseOwnShare();
    this.outcome = this.gate.lock();
    if (this.outcome === 'ownerDied') this.endDeadTry();
    if (!this.announce()) this.block(Infinity);
    return this.told(this.outcome);
  }

  /**
   * Weak: fails also while another agent is in a call to write, though it may not get past the
   * readers, or not have got past them yet; or in a call to read, though it may yet make way.
   */
  tryLock(): boolean {
    const { first, gate } = this;
    // Looks before it announces itself, so that a try that fails seldom stops a reader.
    if (this.readersInside || !gate.tryLock()) return false;
    this.noteOwner();
    this.move(first + PercpuAt.tries);
    const got = this.announce() || this.isDrained();
    if (!got) this.openLines();
    this.move(first + PercpuAt.tries);
    // Readers that may not count on their line yet wait for the gate: so it is free first.
    if (!got) gate.giveBack();
    this.wakeReaders();
    if (got) this.told(this.outcome);
    return got;
  }

  override lockFor(ms: number): boolean {
    this.checkMs(ms);
    this.refuseOwnShare();
    const endMs = nowMs() + ms;
    if (!this.gate.lockFor(ms)) return false;
    this.noteOwner();
    if (this.announce() || this.block(Math.max(0, endMs - nowMs()))) {
      this.told(this.outcome);
      return true;
    }
    this.retract();
    return false;
  }

  override async lockAsync(options: AsyncOptions = {}): Promise<LockOutcome> {
    const outcome = await this.gate.lockAsync(options);
    if (outcome === 'ownerDied') this.endDeadTry();
    if (this.announce()) return this.told(outcome);
    try {
      await this.pend(options);
      return this.told(outcome);
    } catch (error) {
      this.retract();
      throw error;
    }
  }

  unlock(): void {
    const { gate } = this;
    if (!gate.isMineInOrder) {
      // Not held, or lost from now on: readers stay stopped, and are told so.
      gate.unlock();
      this.wakeReaders();
      return;
    }
    const asleep = this.openLines();
    gate.unlock();
    this.wakeSleepers(asleep);
  }

  /**
   * From writing to reading, without a writer in between (downgrade_write of the kernel): the agent
   * then has a share.
   *
   * @throws LockError: `EPERM` if this agent does not hold it for writing; `EOWNERDEAD` if it has
   *   it from one who died and has not repaired it
   */
  downgrade(): void {
    const { words, gate } = this;
    if (gate.isMine && gate.inconsistent) {
      throw this.error('EOWNERDEAD', 'make it consistent before others read');
    }
    let asleep = false;
    if (gate.isMine) {
      Atomics.add(words, this.lineAt, 1);
      words[this.heldAt]!++;
      asleep = this.openLines();
    }
    gate.unlock();
    this.wakeSleepers(asleep);
  }

  get inconsistent(): boolean {
    return this.gate.inconsistent;
  }

  makeConsistent(): void {
    this.gate.makeConsistent();
  }

  /** What the whole lock says of itself. */
  state(): RwState {
    const { words, first } = this;
    const { table } = this.agent;
    const { owner, ownerAlive, waiters, data } = this.gate.state();
    const holders = new Map<number, number>();
    let readers = 0;
    for (let slot = 0; slot < Atomics.load(words, first + PercpuAt.lines); slot++) {
      const line = this.lineOf(slot);
      const shares = Atomics.load(words, line + ReaderLineAt.state) & countMask;
      if (shares !== 0) holders.set(Atomics.load(words, line + ReaderLineAt.id), shares);
      readers += shares;
    }
    const asyncWaiters = Atomics.load(words, first + PercpuAt.asyncWaiters);
    return {
      writer: owner,
      writerAlive: ownerAlive,
      readers,
      holders,
      writersWaiting: waiters + table.sleepersAt(first + PercpuAt.drains),
      readersWaiting: table.sleepersAt(first + PercpuAt.reads),
      asyncWaiters,
      data,
      readersDied: Atomics.load(words, first + PercpuAt.died),
    };
  }

  protected get sleepsAt(): number {
    return this.first + PercpuAt.drains;
  }

  protected attempt(): boolean {
    return this.isDrained();
  }

  /** How the lock was had, with what there is to say of dead readers. */
  private told(outcome: LockOutcome): LockOutcome {
    const newsAt = this.first + PercpuAt.news;
    if (Atomics.load(this.words, newsAt) === 0) return outcome;
    Atomics.store(this.words, newsAt, 0);
    return (this.outcome = outcome === 'acquired' ? 'holderDied' : outcome);
  }

  /** The gate was had: from whom that was. */
  private noteOwner(): void {
    this.outcome = this.gate.inconsistent ? 'ownerDied' : 'acquired';
    if (this.outcome === 'ownerDied') this.endDeadTry();
  }

  /** A writer that died in a try has told nobody how that ended. */
  private endDeadTry(): void {
    const triesAt = this.first + PercpuAt.tries;
    if ((Atomics.load(this.words, triesAt) & 1) === 0) return;
    this.move(triesAt);
    this.wakeReaders();
  }

  /** Stops readers; whether none is inside. */
  private announce(): boolean {
    const lines = Atomics.load(this.words, this.first + PercpuAt.lines);
    let inside = false;
    for (let slot = 0; slot < lines; slot++) {
      if (this.stopLine(this.lineOf(slot))) inside = true;
    }
    return !inside;
  }

  /** Stops a line's readers; whether one is inside. */
  private stopLine(line: number): boolean {
    const before = Atomics.or(this.words, line + ReaderLineAt.state, Flag.writer);
    return (before & countMask) !== 0;
  }

  /** Whether no reader is inside; takes back what dead ones have. */
  private isDrained(): boolean {
    const lines = Atomics.load(this.words, this.first + PercpuAt.lines);
    for (let slot = 0; slot < lines; slot++) if (!this.isLeft(this.lineOf(slot))) return false;
    return true;
  }

  /** Whether no live reader is inside by its line; takes back what a dead one has. */
  private isLeft(line: number): boolean {
    const { words } = this;
    const seen = Atomics.load(words, line + ReaderLineAt.state);
    if ((seen & countMask) === 0) return true;
    if (this.agent.table.isAlive(Atomics.load(words, line + ReaderLineAt.id))) return false;
    return this.takeBack(line, seen);
  }

  /** Whether a live agent has a share. */
  private get readersInside(): boolean {
    const lines = Atomics.load(this.words, this.first + PercpuAt.lines);
    for (let slot = 0; slot < lines; slot++) if (this.isInside(this.lineOf(slot))) return true;
    return false;
  }

  private isInside(line: number): boolean {
    const { words } = this;
    if ((Atomics.load(words, line + ReaderLineAt.state) & countMask) === 0) return false;
    return this.agent.table.isAlive(Atomics.load(words, line + ReaderLineAt.id));
  }

  /** Lets readers go; whether one of them sleeps. */
  private openLines(): boolean {
    const lines = Atomics.load(this.words, this.first + PercpuAt.lines);
    let asleep = false;
    for (let slot = 0; slot < lines; slot++) {
      if (this.openLine(this.lineOf(slot))) asleep = true;
    }
    return asleep;
  }

  private openLine(line: number): boolean {
    const flags = Flag.writer | Flag.lineSleeps;
    const before = Atomics.and(this.words, line + ReaderLineAt.state, ~flags);
    return (before & Flag.lineSleeps) !== 0;
  }

  /** After the gate is free: wakes readers if one sleeps. */
  private wakeSleepers(known: boolean): void {
    const { words, first } = this;
    if (known || Atomics.load(words, first + PercpuAt.strangers) !== 0) this.wakeReaders();
    else if (Atomics.load(words, first + PercpuAt.asyncWaiters) !== 0) this.wakeAsyncs();
  }

  private wakeReaders(): void {
    const { words, first } = this;
    this.wakeAt(first + PercpuAt.reads);
    if (Atomics.load(words, first + PercpuAt.asyncWaiters) !== 0) this.wakeAsyncs();
  }

  /** Gives up waiting for readers to leave. */
  private retract(): void {
    if (!this.gate.inconsistent) this.openLines();
    this.gate.giveBack();
    this.wakeReaders();
  }

  private refuseOwnShare(): void {
    if (this.words[this.heldAt] === 0) return;
    throw this.error('EDEADLK', `agent ${this.id} has a share and would wait for itself`);
  }
}
