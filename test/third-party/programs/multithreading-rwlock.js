import { buffers, RwLock } from './multithreading.js';

export function setup() {
  const [lock, data] = buffers(1, 2);
  return { lock, data };
}

export const threads = {
  writer({ lock, data }) {
    const guard = new RwLock(undefined, lock.buffer).blockingWrite();
    data[0]++;
    data[1]++;
    guard.dispose();
  },
  one: reader,
  two: reader,
};

function reader({ lock, data }) {
  const guard = new RwLock(undefined, lock.buffer).blockingRead();
  const alike = data[0] === data[1];
  guard.dispose();
  return alike;
}

export function check(_shared, { one, two }) {
  return one && two;
}
