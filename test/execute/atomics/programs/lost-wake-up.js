/** The waiter looks at the flag and then sleeps on another word: a wake-up may fall in between. */
export function setup() {
  return { flag: new Int32Array(new SharedArrayBuffer(8)) };
}

export const threads = {
  waiter({ flag }) {
    if (Atomics.load(flag, 0) === 0) Atomics.wait(flag, 1, 0);
  },
  waker({ flag }) {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 1);
  },
};
