/** A message that announces what was written before. */
export function setup() {
  const { port1, port2 } = new MessageChannel();
  return { port1, port2, data: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  sender({ port1, data }) {
    data[0] = 5;
    port1.postMessage({ ready: true, data });
  },
  receiver({ port2 }) {
    for (;;) {
      const got = receiveMessageOnPort(port2);
      if (got !== undefined) return got.message.data[0];
    }
  },
};

import { receiveMessageOnPort } from 'node:worker_threads';

export function check(_shared, { receiver }) {
  return receiver === 5;
}
