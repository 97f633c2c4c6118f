import type { Agent } from './agent.ts';
import { Flag, PercpuAt } from './layout.ts';
import type { LockOutcome } from './lock-outcome.ts';
import { PercpuLock } from './percpu-lock.ts';
import type { LockOptions } from './waitable.ts';

/** The mode in which a percpu lock is shared: an agent touches its own cache line only. */
export class PercpuReadMode extends PercpuLock {
  /** Whether every writer from now on announces itself on this agent's line. */
  private entered = false;
  /** Whether the wait that is on is counted among the strangers'. */
  private isStranger = false;

  constructor(agent: Agent, offset: number, options: LockOptions) {
    super(agent, offset, options);
    this.enter();
  }

  override lock(): LockOutcome {
    const { words } = this;
    if (this.entered) {
      if ((Atomics.add(words, this.lineAt, 1) & Flag.writer) === 0) {
        words[this.heldAt]!++;
        return 'acquired';
      }
      // A writer was there first: it may have found nobody inside.
      this.leave();
      this.wakeWriter();
    }
    this.block(Infinity);
    return 'acquired';
  }

  tryLock(): boolean {
    for (;;) {
      const tried = this.tryOnce();
      if (tried !== undefined) return tried;
    }
  }

  unlock(): void {
    const { words, heldAt } = this;
    if (words[heldAt] === 0) {
      throw this.error('EPERM', `released for reading by agent ${this.id}, which has no share`);
    }
    words[heldAt]!--;
    if (this.leave()) this.wakeWriter();
  }

  /** Readers never have what a dead one left. */
  get inconsistent(): boolean {
    return false;
  }

  makeConsistent(): void {
    throw this.error('EPERM', 'readers do not repair: hold it for writing');
  }

  protected get sleepsAt(): number {
    return this.first + PercpuAt.reads;
  }

  protected attempt(): boolean {
    if ((this.entered || this.enter()) && this.takeShare()) return true;
    this.refuseDead();
    return false;
  }

  private takeShare(): boolean {
    const { words, lineAt } = this;
    let seen = Atomics.load(words, lineAt);
    while ((seen & Flag.writer) === 0) {
      const found = Atomics.compareExchange(words, lineAt, seen, seen + 1);
      if (found === seen) {
        words[this.heldAt]!++;
        return true;
      }
      seen = found;
    }
    return false;
  }

  /** Undefined: nobody can say yet, and it is to be tried again. */
  private tryOnce(): boolean | undefined {
    const { words, agent } = this;
    const triesAt = this.first + PercpuAt.tries;
    const tries = Atomics.load(words, triesAt);
    if (this.attempt()) return true;
    if ((tries & 1) === 0 && Atomics.load(words, triesAt) === tries) return false;
    // A writer's try has stopped readers and may yet fail: whether this try fails hangs on that.
    agent.beginSleep(this.sleepsAt, false);
    const reads = Atomics.load(words, this.sleepsAt);
    // One that has died goes on no more, and whoever sleeps by now is woken at its death.
    const goesOn = (Atomics.load(words, triesAt) & 1) !== 0 && this.gate.trouble === undefined;
    if (goesOn) Atomics.wait(words, this.sleepsAt, reads);
    agent.endSleep();
    return undefined;
  }

  /** Gives a share back; whether a writer waits for that. */
  private leave(): boolean {
    return (Atomics.sub(this.words, this.lineAt, 1) & Flag.writer) !== 0;
  }

  protected override arrive(): void {
    if (this.entered || this.isStranger) return;
    this.isStranger = true;
    Atomics.add(this.words, this.first + PercpuAt.strangers, 1);
  }

  protected override depart(): void {
    if (!this.isStranger) return;
    this.isStranger = false;
    Atomics.sub(this.words, this.first + PercpuAt.strangers, 1);
  }

  protected override contendOnce(asynchronous: boolean): boolean | undefined {
    if (this.attempt()) return true;
    if (asynchronous) return false;
    this.refuseDeadlock();
    if (!this.entered) return false;
    // Whoever clears the writer's flag sees that this agent sleeps.
    const { words, lineAt } = this;
    const seen = Atomics.load(words, lineAt);
    if ((seen & Flag.writer) === 0) return undefined;
    const flagged = seen | Flag.lineSleeps;
    if (seen === flagged) return false;
    return Atomics.compareExchange(words, lineAt, seen, flagged) === seen ? false : undefined;
  }

  private refuseDeadlock(): void {
    if (this.gate.isMine) throw this.error('EDEADLK', `agent ${this.id} holds it for writing`);
    if (this.words[this.heldAt] === 0) return;
    const why = 'has a share, which the writer waits for, and new readers wait for the writer';
    throw this.error('EDEADLK', `agent ${this.id} ${why}`);
  }

  /**
   * Whether this agent may count on its line. A writer that holds the gate may have looked which
   * lines there are before this one was: so the agent waits until the gate is free once, or the
   * writer shows on its line that it knows it.
   */
  private enter(): boolean {
    this.entered = this.gate.isFree || (Atomics.load(this.words, this.lineAt) & Flag.writer) !== 0;
    return this.entered;
  }

  private refuseDead(): void {
    const trouble = this.gate.trouble;
    if (trouble === 'ENOTRECOVERABLE') {
      throw this.error(trouble, 'its writer died, and the next one did not repair it');
    }
    if (trouble === 'EOWNERDEAD') {
      throw this.error(trouble, 'its writer died: hold it for writing, and repair it');
    }
  }
}
