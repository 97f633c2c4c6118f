/** One writes plainly to a word between two atomic operations; the other reads both atomically. */
export function setup() {
  return { words: new Int32Array(new SharedArrayBuffer(16)) };
}

export const threads = {
  one({ words }) {
    Atomics.add(words, 0, 1);
    words[1] = 7;
    words[2] += 10;
    Atomics.add(words, 0, 1);
  },
  two({ words }) {
    const before = Atomics.load(words, 0);
    const seen = Atomics.load(words, 1);
    if (before > 0) words[2] += 100;
    Atomics.store(words, 3, 1);
    return { before, seen };
  },
};

export function check({ words }, { two }) {
  if (two.before > 0 && two.seen !== 7) throw new Error(`it has seen ${two.seen}`);
  const sum = two.before > 0 ? 110 : 10;
  if (words[2] !== sum) throw new Error(`${words[2]} and not ${sum}`);
}
