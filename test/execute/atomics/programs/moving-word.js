/** A compare-and-swap that fails again and again as another thread moves the word to and fro. */
export function setup() {
  return { word: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  adder({ word }) {
    let seen = 0;
    for (;;) {
      const found = Atomics.compareExchange(word, 0, seen, seen + 10);
      if (found === seen) return;
      seen = found;
    }
  },
  mover({ word }) {
    for (let i = 0; i < 3; i++) {
      Atomics.add(word, 0, 1);
      Atomics.sub(word, 0, 1);
    }
  },
};

export function check({ word }) {
  return word[0] === 10;
}
