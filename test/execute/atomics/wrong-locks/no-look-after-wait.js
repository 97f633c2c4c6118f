/** Takes a wake-up for the lock: somebody else may have got it in between. */
import { enter, words } from './section.js';

export const setup = () => ({ lock: words(1), data: words(1) });

function agent({ lock, data }) {
  if (Atomics.compareExchange(lock, 0, 0, 1) !== 0) {
    Atomics.wait(lock, 0, 1);
    Atomics.store(lock, 0, 1);
  }
  enter(data);
  Atomics.store(lock, 0, 0);
  Atomics.notify(lock, 0, 1);
}

export const threads = [agent, agent, agent];
