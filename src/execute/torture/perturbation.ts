import { Random } from '../random.ts';

/** What is called through a door of our own: all that can move a word or look at one. */
const perturbed = [
  'load',
  'store',
  'add',
  'sub',
  'and',
  'or',
  'exchange',
  'compareExchange',
  'wait',
  'notify',
] as const;

type Call = (...args: number[]) => unknown;

/** Milliseconds of a nap: the shortest for which a thread gives its processor away. */
const napMs = 0.05;

/**
 * Puts a nap before about one in `odds` atomic operations of this thread, so that it loses the
 * processor also in the few nanoseconds between two operations of a lock, where a thread that runs
 * undisturbed is interrupted once in hours. In place until the thread ends.
 */
export function perturb(odds: number, seed: number, stream: number): void {
  const random = new Random();
  random.seed(seed, stream);
  const own = new Int32Array(new SharedArrayBuffer(4));
  const { wait } = Atomics;
  const table = Atomics as unknown as Record<string, Call>;
  for (const name of perturbed) {
    const original = table[name]!;
    table[name] = (...args) => {
      if (random.next() % odds === 0) wait(own, 0, 0, napMs);
      return original(...args);
    };
  }
}
