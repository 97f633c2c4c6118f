/** One wants two permits, two want one each: a release of one wakes the first, who goes back to sleep. */
import { buffers, Semaphore } from './multithreading.js';

export function setup() {
  const [permits] = buffers(2);
  permits[0] = 2;
  return { permits };
}

function agent(amount) {
  return ({ permits }) => {
    new Semaphore(0, permits.buffer).blockingAcquire(amount).dispose();
  };
}

export const threads = { both: agent(2), one: agent(1), two: agent(1) };

export function check({ permits }) {
  return permits[0] === 2;
}
