import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock } from './wrong-lock.ts';

/**
 * A semaphore that notifies only when no permit was free: of two who sleep, two releases in a row
 * wake one. Its memory begins as zero, so it counts what is taken.
 */
export class ZeroNotifySemaphore implements WrongLock {
  private readonly words: Int32Array;
  private readonly takenAt: number;
  private readonly permits: number;

  constructor(agent: Agent, offset: number, permits: number) {
    this.words = agent.words;
    this.takenAt = wrongPlace(offset) + WrongAt.state;
    this.permits = permits;
  }

  lock(): void {
    const { words, takenAt, permits } = this;
    for (;;) {
      const taken = Atomics.load(words, takenAt);
      if (taken === permits) Atomics.wait(words, takenAt, permits);
      else if (Atomics.compareExchange(words, takenAt, taken, taken + 1) === taken) return;
    }
  }

  unlock(): void {
    const before = Atomics.sub(this.words, this.takenAt, 1);
    if (before === this.permits) Atomics.notify(this.words, this.takenAt, 1);
  }
}
