import { buffers, Mutex } from './multithreading.js';

export function setup() {
  const [lock, data] = buffers(1, 1);
  return { lock, data };
}

function agent({ lock, data }) {
  const guard = new Mutex(undefined, lock.buffer).blockingLock();
  data[0]++;
  guard.dispose();
}

export const threads = { one: agent, two: agent };

export function check({ data }) {
  return data[0] === 2;
}
