/** One thread alone has orders that are soon all known, and many steps. */
export function setup() {
  return { words: new Int32Array(new SharedArrayBuffer(8)) };
}

export const threads = {
  many({ words }) {
    for (let step = 0; step < 20; step++) Atomics.add(words, 0, 1);
    words[1] = Atomics.load(words, 0);
  },
  few({ words }) {
    Atomics.load(words, 1);
  },
};

export function check({ words }) {
  if (words[1] !== 20) throw new Error(`${words[1]} and not 20`);
}
