import { buffers, Condvar, Mutex } from './multithreading.js';

export function setup() {
  const [lock, condition, ready] = buffers(1, 1, 1);
  return { lock, condition, ready };
}

export const threads = {
  waiter({ lock, condition, ready }) {
    const guard = new Mutex(undefined, lock.buffer).blockingLock();
    const changed = new Condvar(condition.buffer);
    while (ready[0] === 0) changed.blockingWait(guard);
    guard.dispose();
  },
  notifier({ lock, condition, ready }) {
    const guard = new Mutex(undefined, lock.buffer).blockingLock();
    ready[0] = 1;
    guard.dispose();
    new Condvar(condition.buffer).notifyOne();
  },
};
