/** A thread that asks the same each time, but has written something else where nobody sees it. */
let runs = 0;

export function setup() {
  return { words: new Int32Array(new SharedArrayBuffer(8)) };
}

export const threads = {
  writer({ words }) {
    runs++;
    Atomics.add(words, 0, 1);
    words[1] = runs;
    Atomics.load(words, 1);
  },
};
