/** A test-and-set lock: two threads that spin, each for ever unless the other lets go. */
export function setup() {
  return {
    lock: new Int32Array(new SharedArrayBuffer(4)),
    data: new Int32Array(new SharedArrayBuffer(4)),
  };
}

function agent({ lock, data }) {
  while (Atomics.exchange(lock, 0, 1) === 1) Atomics.pause?.();
  data[0]++;
  Atomics.store(lock, 0, 0);
}

export const threads = [agent, agent, agent];

export function check({ data }) {
  return data[0] === 3;
}
