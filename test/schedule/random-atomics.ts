/** Threads that do what a listing says, and give what each of their operations gave. */

/**
 * What a thread does: an operation by name, the index of a word, and up to two values; or `throwAt`
 * with what the operation before must have given for the thread to throw.
 */
export type AtomicStep = readonly [name: string, word: number, value?: number, other?: number];

/** All ends that were met since the last set-up. */
export const ends: Set<string> = new Set();

interface Shared {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly listing: readonly (readonly AtomicStep[])[];
}

export function setup({ listing }: { listing: string }): Shared {
  ends.clear();
  const words = new Int32Array(new SharedArrayBuffer(16));
  return {
    words,
    bytes: new Uint8Array(words.buffer),
    listing: JSON.parse(listing) as AtomicStep[][],
  };
}

function perform(
  { words, bytes }: Shared,
  [name, word, value = 0, other = 0]: AtomicStep,
): unknown {
  switch (name) {
    case 'read':
      return words[word];
    case 'readByte':
      return bytes[word * 4 + value];
    case 'write':
      return (words[word] = value);
    case 'load':
      return Atomics.load(words, word);
    case 'store':
      return Atomics.store(words, word, value);
    case 'add':
      return Atomics.add(words, word, value);
    case 'compareExchange':
      return Atomics.compareExchange(words, word, value, other);
    case 'wait':
      return Atomics.wait(words, word, value);
    case 'waitFor':
      return Atomics.wait(words, word, value, 5);
    default:
      return Atomics.notify(words, word, value);
  }
}

function thread(agent: number): (shared: Shared) => unknown {
  return (shared) => {
    const given: unknown[] = [];
    for (const step of shared.listing[agent] ?? []) {
      if (step[0] !== 'throwAt') given.push(perform(shared, step));
      else if (given.at(-1) === step[1]) throw new Error(`has seen ${step[1]}`);
    }
    return given;
  };
}

export const threads: Readonly<Record<string, (shared: Shared) => unknown>> = {
  a: thread(0),
  b: thread(1),
  c: thread(2),
};

export function check({ words }: Shared, returned: Record<string, unknown>): void {
  ends.add(JSON.stringify([[...words], returned]));
}
