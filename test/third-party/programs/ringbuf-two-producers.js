/** ringbuf.js with two threads that push, which it is not made for. */
import { RingBuffer } from 'ringbuf.js';

export function setup() {
  return { storage: RingBuffer.getStorageForCapacity(4, Int32Array) };
}

function producer(value) {
  return ({ storage }) => {
    new RingBuffer(storage, Int32Array).push(Int32Array.of(value));
  };
}

export const threads = { one: producer(1), two: producer(2) };

export function check({ storage }) {
  return new RingBuffer(storage, Int32Array).availableRead() === 2;
}
