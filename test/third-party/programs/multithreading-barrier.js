import { Barrier, buffers } from './multithreading.js';

export function setup() {
  const [barrier, data] = buffers(4, 2);
  barrier[1] = 2;
  barrier[2] = 2;
  return { barrier, data };
}

/** Writes its word, meets the other, and reads the other's. */
function agent(own) {
  return ({ barrier, data }) => {
    data[own] = own + 1;
    const { isLeader } = new Barrier(2, barrier.buffer).blockingWait();
    return [isLeader, data[1 - own]];
  };
}

export const threads = { one: agent(0), two: agent(1) };

export function check(_shared, { one, two }) {
  return one[1] === 2 && two[1] === 1 && one[0] !== two[0];
}
