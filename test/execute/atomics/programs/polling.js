/** A waiter that wakes by itself every now and then, so that it needs no notify. */
export function setup() {
  return { flag: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  waiter({ flag }) {
    const begun = Date.now();
    let timeOuts = 0;
    while (Atomics.wait(flag, 0, 0, 50) === 'timed-out') timeOuts++;
    if (timeOuts > 0 && Date.now() - begun < 50) throw new Error('no time has passed');
    return Atomics.load(flag, 0);
  },
  setter({ flag }) {
    Atomics.store(flag, 0, 7);
  },
};

export function check(_shared, { waiter }) {
  return waiter === 7;
}
