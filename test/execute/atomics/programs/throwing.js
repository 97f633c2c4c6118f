/** Throws when the other was first. */
export function setup() {
  return { word: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  first({ word }) {
    Atomics.store(word, 0, 1);
  },
  second({ word }) {
    if (Atomics.load(word, 0) === 1) throw new RangeError('the first one was first');
  },
};
