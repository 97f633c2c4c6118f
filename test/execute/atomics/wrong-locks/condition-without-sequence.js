/** A condition whose word never changes: a notify between unlock and wait is lost. */
import { words } from './section.js';

export const setup = () => ({ lock: words(1), condition: words(1), ready: words(1) });

function acquire(lock) {
  while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) Atomics.wait(lock, 0, 1);
}

function release(lock) {
  Atomics.store(lock, 0, 0);
  Atomics.notify(lock, 0, 1);
}

export const threads = {
  waiter({ lock, condition, ready }) {
    acquire(lock);
    while (ready[0] === 0) {
      release(lock);
      Atomics.wait(condition, 0, 0);
      acquire(lock);
    }
    release(lock);
  },
  notifier({ lock, condition, ready }) {
    acquire(lock);
    ready[0] = 1;
    release(lock);
    Atomics.notify(condition, 0, 1);
  },
};
