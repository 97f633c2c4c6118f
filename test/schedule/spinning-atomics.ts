/** A thread that returns what it saw and ends, and one that spins. */

interface Shared {
  readonly words: Int32Array;
}

/** What was returned, over all executions. */
export const returnedValues: Set<number> = new Set();

export function setup(): Shared {
  returnedValues.clear();
  return { words: new Int32Array(new SharedArrayBuffer(8)) };
}

export const threads: Readonly<Record<string, (shared: Shared) => unknown>> = {
  looks: ({ words }) => Atomics.load(words, 0),
  moves({ words }) {
    Atomics.store(words, 0, 1);
    Atomics.store(words, 0, 0);
    Atomics.store(words, 1, 1);
  },
  spins({ words }) {
    while (Atomics.load(words, 1) === 0);
  },
};

export function check(_shared: Shared, { looks }: { looks: number }): void {
  returnedValues.add(looks);
}
