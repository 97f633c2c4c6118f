import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock } from './wrong-lock.ts';

/**
 * A mutex whose waiter takes a wake-up for the lock, and does not look again: who came between the
 * release and the wake-up has it as well.
 */
export class NoRecheckMutex implements WrongLock {
  private readonly words: Int32Array;
  private readonly stateAt: number;

  constructor(agent: Agent, offset: number) {
    this.words = agent.words;
    this.stateAt = wrongPlace(offset) + WrongAt.state;
  }

  lock(): void {
    if (Atomics.compareExchange(this.words, this.stateAt, 0, 1) === 0) return;
    Atomics.wait(this.words, this.stateAt, 1);
    Atomics.store(this.words, this.stateAt, 1);
  }

  unlock(): void {
    Atomics.store(this.words, this.stateAt, 0);
    Atomics.notify(this.words, this.stateAt, 1);
  }
}
