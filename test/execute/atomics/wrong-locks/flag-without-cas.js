/** Looks at the flag and sets it in two steps. */
import { enter, words } from './section.js';

export const setup = () => ({ lock: words(1), data: words(1) });

function agent({ lock, data }) {
  while (Atomics.load(lock, 0) === 1);
  Atomics.store(lock, 0, 1);
  enter(data);
  Atomics.store(lock, 0, 0);
}

export const threads = [agent, agent];
