/** Tries a hundred times, then gives up: only who is alone long enough does. */
export function setup() {
  return { flag: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  setter({ flag }) {
    Atomics.store(flag, 0, 1);
  },
  trier({ flag }) {
    for (let tries = 0; tries < 100; tries++) if (Atomics.load(flag, 0) === 1) return 'seen';
    return 'given up';
  },
};

/** What came of it, over all executions. */
export const returned = new Set();

export function check(_shared, { trier }) {
  returned.add(trier);
}
