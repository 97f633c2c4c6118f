/** A semaphore that wakes somebody only when it was empty: of two releases one wakes nobody. */
import { words } from './section.js';

export const setup = () => ({ permits: words(1) });

function take({ permits }) {
  for (;;) {
    const seen = Atomics.load(permits, 0);
    if (seen === 0) Atomics.wait(permits, 0, 0);
    else if (Atomics.compareExchange(permits, 0, seen, seen - 1) === seen) return;
  }
}

export const threads = {
  one: take,
  two: take,
  giver({ permits }) {
    for (let i = 0; i < 2; i++) {
      if (Atomics.add(permits, 0, 1) === 0) Atomics.notify(permits, 0, 1);
    }
  },
};
