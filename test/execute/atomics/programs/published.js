/** What is written plainly before a notify is read plainly by whom it has woken. */
export function setup() {
  const word = () => new Int32Array(new SharedArrayBuffer(4));
  return { bell: word(), data: word() };
}

export const threads = {
  waiter({ bell, data }) {
    return Atomics.wait(bell, 0, 0) === 'ok' ? data[0] : 1;
  },
  ringer({ bell, data }) {
    data[0] = 1;
    while (Atomics.notify(bell, 0) === 0);
  },
};

export function check(_shared, { waiter }) {
  return waiter === 1;
}
