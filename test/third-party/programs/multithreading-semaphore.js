import { buffers, Semaphore } from './multithreading.js';

export function setup() {
  const [permits, data] = buffers(2, 1);
  permits[0] = 1;
  return { permits, data };
}

function agent({ permits, data }) {
  const guard = new Semaphore(0, permits.buffer).blockingAcquire(1);
  data[0]++;
  guard.dispose();
}

export const threads = { one: agent, two: agent };

export function check({ data }) {
  return data[0] === 2;
}
