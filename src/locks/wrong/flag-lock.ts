import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock } from './wrong-lock.ts';

/**
 * A flag that is looked at and then set, without a compare-and-swap: two who look at the same time
 * both have the lock.
 */
export class FlagLock implements WrongLock {
  private readonly words: Int32Array;
  private readonly flagAt: number;

  constructor(agent: Agent, offset: number) {
    this.words = agent.words;
    this.flagAt = wrongPlace(offset) + WrongAt.state;
  }

  lock(): void {
    while (Atomics.load(this.words, this.flagAt) !== 0) Atomics.wait(this.words, this.flagAt, 1);
    Atomics.store(this.words, this.flagAt, 1);
  }

  unlock(): void {
    Atomics.store(this.words, this.flagAt, 0);
    Atomics.notify(this.words, this.flagAt, 1);
  }
}
