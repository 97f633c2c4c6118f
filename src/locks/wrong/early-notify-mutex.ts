import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock } from './wrong-lock.ts';

/**
 * A futex of two states that notifies before it stores: who looks in between goes to sleep after
 * the wake-up, and nobody wakes it.
 */
export class EarlyNotifyMutex implements WrongLock {
  private readonly words: Int32Array;
  private readonly stateAt: number;

  constructor(agent: Agent, offset: number) {
    this.words = agent.words;
    this.stateAt = wrongPlace(offset) + WrongAt.state;
  }

  lock(): void {
    while (Atomics.exchange(this.words, this.stateAt, 1) !== 0) {
      Atomics.wait(this.words, this.stateAt, 1);
    }
  }

  unlock(): void {
    Atomics.notify(this.words, this.stateAt, 1);
    Atomics.store(this.words, this.stateAt, 0);
  }
}
