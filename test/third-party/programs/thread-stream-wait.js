/** How thread-stream's main thread waits for its worker to have read: `lib/wait.js`. */
import wait from 'thread-stream/lib/wait.js';

const readIndex = 8;

export function setup() {
  return { state: new Int32Array(new SharedArrayBuffer(64)) };
}

export const threads = {
  main({ state }) {
    return new Promise((resolve) => {
      wait.wait(state, readIndex, 2, Infinity, (error, result) => resolve(error ?? result));
    });
  },
  /** Reads in two steps, as the worker does. */
  worker({ state }) {
    for (const end of [1, 2]) {
      Atomics.store(state, readIndex, end);
      Atomics.notify(state, readIndex);
    }
  },
};

export function check(_shared, { main }) {
  return main === 'ok' || main === 'not-equal';
}
