/** A wait that does not block: the promise settles when the word is notified. */
export function setup() {
  return { word: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  async waiter({ word }) {
    const wait = Atomics.waitAsync(word, 0, 0);
    return wait.async ? await wait.value : wait.value;
  },
  notifier({ word }) {
    Atomics.store(word, 0, 1);
    Atomics.notify(word, 0);
  },
};

export function check(_shared, { waiter }) {
  return waiter === 'ok' || waiter === 'not-equal';
}
