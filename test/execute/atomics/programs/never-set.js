/** Spins on a word that nobody sets. */
export function setup() {
  return { flag: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  reader({ flag }) {
    while (Atomics.load(flag, 0) === 0);
  },
  writer({ flag }) {
    Atomics.store(flag, 0, 0);
  },
};
