import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock } from './wrong-lock.ts';

/**
 * A condition without a sequence number: a notification between giving the lock away and going to
 * sleep is lost.
 */
export class UnnumberedCondition {
  private readonly words: Int32Array;
  private readonly wordAt: number;

  constructor(agent: Agent, offset: number) {
    this.words = agent.words;
    this.wordAt = wrongPlace(offset) + WrongAt.state;
  }

  /** Gives the lock away, waits for a notification, and takes the lock again. */
  wait(lock: WrongLock): void {
    lock.unlock();
    Atomics.wait(this.words, this.wordAt, 0);
    lock.lock();
  }

  notifyOne(): void {
    Atomics.notify(this.words, this.wordAt, 1);
  }

  notifyAll(): void {
    Atomics.notify(this.words, this.wordAt);
  }
}
