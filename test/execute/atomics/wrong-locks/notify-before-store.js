/** A futex of two states that wakes the waiter before it lets go of the lock. */
import { enter, words } from './section.js';

export const setup = () => ({ lock: words(1), data: words(1) });

function agent({ lock, data }) {
  while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) Atomics.wait(lock, 0, 1);
  enter(data);
  Atomics.notify(lock, 0, 1);
  Atomics.store(lock, 0, 0);
}

export const threads = [agent, agent];
