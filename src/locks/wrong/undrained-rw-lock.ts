import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock, type WrongRwLock } from './wrong-lock.ts';

/**
 * A reader/writer lock whose writer stops new readers and does not wait until those inside have
 * left.
 */
export class UndrainedRwLock implements WrongRwLock {
  readonly read: WrongLock;
  readonly write: WrongLock;

  constructor(agent: Agent, offset: number) {
    const { words } = agent;
    const writerAt = wrongPlace(offset) + WrongAt.state;
    const readersAt = writerAt + WrongAt.readers;
    this.read = {
      lock() {
        for (;;) {
          Atomics.add(words, readersAt, 1);
          if (Atomics.load(words, writerAt) === 0) return;
          Atomics.sub(words, readersAt, 1);
          Atomics.wait(words, writerAt, 1);
        }
      },
      unlock() {
        Atomics.sub(words, readersAt, 1);
      },
    };
    this.write = {
      lock() {
        while (Atomics.compareExchange(words, writerAt, 0, 1) !== 0) {
          Atomics.wait(words, writerAt, 1);
        }
      },
      unlock() {
        Atomics.store(words, writerAt, 0);
        Atomics.notify(words, writerAt);
      },
    };
  }
}
