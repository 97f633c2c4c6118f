import type { Agent } from '../agent.ts';
import { WrongAt, wrongPlace, type WrongLock, type WrongRwLock } from './wrong-lock.ts';

/**
 * A reader/writer lock whose readers count themselves in without a fence between that and their
 * look at the writer. `Atomics` cannot be reordered, so the order that a processor may make of it
 * is written out: the look comes first. A writer that comes in between finds no reader, and both
 * are inside.
 */
export class UnfencedRwLock implements WrongRwLock {
  readonly read: WrongLock;
  readonly write: WrongLock;

  constructor(agent: Agent, offset: number) {
    const { words } = agent;
    const writerAt = wrongPlace(offset) + WrongAt.state;
    const readersAt = writerAt + WrongAt.readers;
    this.read = {
      lock() {
        while (Atomics.load(words, writerAt) !== 0) Atomics.wait(words, writerAt, 1);
        Atomics.add(words, readersAt, 1);
      },
      unlock() {
        Atomics.sub(words, readersAt, 1);
        Atomics.notify(words, readersAt);
      },
    };
    this.write = {
      lock() {
        while (Atomics.compareExchange(words, writerAt, 0, 1) !== 0) {
          Atomics.wait(words, writerAt, 1);
        }
        for (;;) {
          const readers = Atomics.load(words, readersAt);
          if (readers === 0) return;
          Atomics.wait(words, readersAt, readers);
        }
      },
      unlock() {
        Atomics.store(words, writerAt, 0);
        Atomics.notify(words, writerAt);
      },
    };
  }
}
