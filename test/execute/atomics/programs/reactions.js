/** Looks in a callback of `setImmediate` and in a promise's reaction that nobody waits for. */
export function setup() {
  return { word: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  reader({ word }) {
    return new Promise((resolve) => {
      const looks = [];
      setImmediate(() => {
        looks.push(Atomics.load(word, 0));
        void Promise.resolve().then(() => {
          looks.push(Atomics.load(word, 0));
          resolve(looks.join(' '));
        });
      });
    });
  },
  writer({ word }) {
    Atomics.store(word, 0, 1);
    Atomics.store(word, 0, 2);
  },
};

export function check(_shared, { reader }) {
  return reader === reader.split(' ').sort().join(' ');
}
