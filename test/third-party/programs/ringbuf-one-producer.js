/** ringbuf.js as it is meant: one thread pushes, one pops. */
import { RingBuffer } from 'ringbuf.js';

const values = [11, 12, 13];

export function setup() {
  return { storage: RingBuffer.getStorageForCapacity(2, Int32Array) };
}

export const threads = {
  producer({ storage }) {
    const ring = new RingBuffer(storage, Int32Array);
    for (const value of values) while (ring.push(Int32Array.of(value)) === 0);
  },
  consumer({ storage }) {
    const ring = new RingBuffer(storage, Int32Array);
    const got = [];
    const one = new Int32Array(1);
    while (got.length < values.length) if (ring.pop(one) === 1) got.push(one[0]);
    return got;
  },
};

export function check(_shared, { consumer }) {
  return consumer.join() === values.join();
}
