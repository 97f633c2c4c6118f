/** Whose time is up waits no longer: a notify that comes later wakes nobody. */
export function setup() {
  const word = () => new Int32Array(new SharedArrayBuffer(4));
  return { bell: word(), done: word() };
}

export const threads = {
  waiter({ bell, done }) {
    const result = Atomics.wait(bell, 0, 0, 10);
    Atomics.store(done, 0, 1);
    return result;
  },
  ringer({ bell, done }) {
    while (Atomics.load(done, 0) === 0);
    return Atomics.notify(bell, 0);
  },
};

export function check(_shared, { waiter, ringer }) {
  return waiter === 'timed-out' && ringer === 0;
}
