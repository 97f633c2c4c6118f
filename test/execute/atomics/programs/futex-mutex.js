/** The three-state futex mutex (Drepper, "Futexes Are Tricky", 2011, section 6, mutex2). */
export function setup() {
  return {
    lock: new Int32Array(new SharedArrayBuffer(4)),
    data: new Int32Array(new SharedArrayBuffer(4)),
  };
}

function acquire(lock) {
  let seen = Atomics.compareExchange(lock, 0, 0, 1);
  if (seen === 0) return;
  if (seen !== 2) seen = Atomics.exchange(lock, 0, 2);
  while (seen !== 0) {
    Atomics.wait(lock, 0, 2);
    seen = Atomics.exchange(lock, 0, 2);
  }
}

function release(lock) {
  if (Atomics.exchange(lock, 0, 0) === 2) Atomics.notify(lock, 0, 1);
}

function agent({ lock, data }) {
  acquire(lock);
  data[0]++;
  release(lock);
}

export const threads = { one: agent, two: agent };

export function check({ data, lock }) {
  return data[0] === 2 && lock[0] === 0;
}
