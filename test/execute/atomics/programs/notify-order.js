/** One thread queues before it lets the other queue; one notify then wakes the first. */
export function setup() {
  const word = () => new Int32Array(new SharedArrayBuffer(4));
  return { bell: word(), turn: word() };
}

export const threads = {
  async first({ bell, turn }) {
    const { value } = Atomics.waitAsync(bell, 0, 0);
    Atomics.store(turn, 0, 1);
    Atomics.notify(turn, 0);
    return await value;
  },
  async second({ bell, turn }) {
    Atomics.wait(turn, 0, 0);
    const { value } = Atomics.waitAsync(bell, 0, 0, 50);
    Atomics.store(turn, 0, 2);
    Atomics.notify(turn, 0);
    return await value;
  },
  ringer({ bell, turn }) {
    for (let seen = 0; seen < 2; seen = Atomics.load(turn, 0)) Atomics.wait(turn, 0, seen);
    return Atomics.notify(bell, 0, 1);
  },
};

export function check(_shared, { first, second, ringer }) {
  return first === 'ok' && second === 'timed-out' && ringer === 1;
}
