/**
 * The hand-shake of synckit's `createSyncFn` (0.12.3), in our words: the caller sends a request and
 * sleeps on a count that the worker raises after each answer; the caller takes the answer and lowers
 * the count, if it is not zero.
 */
import { receiveMessageOnPort } from 'node:worker_threads';

const requests = 2;

export function setup() {
  const { port1, port2 } = new MessageChannel();
  return { caller: port1, worker: port2, count: new Int32Array(new SharedArrayBuffer(4)) };
}

export const threads = {
  caller({ caller, count }) {
    const answers = [];
    let empty = 0;
    for (let id = 0; id < requests; id++) {
      caller.postMessage({ id });
      for (;;) {
        Atomics.wait(count, 0, 0);
        const got = receiveMessageOnPort(caller);
        if (got === undefined) {
          empty++;
          continue;
        }
        if (Atomics.load(count, 0) > 0) Atomics.sub(count, 0, 1);
        answers.push(got.message.answer);
        break;
      }
    }
    return { answers, empty: empty > 0 };
  },
  worker({ worker, count }) {
    for (let served = 0; served < requests;) {
      const got = receiveMessageOnPort(worker);
      if (got === undefined) continue;
      worker.postMessage({ id: got.message.id, answer: got.message.id * 10 });
      Atomics.add(count, 0, 1);
      Atomics.notify(count, 0);
      served++;
    }
  },
};

export function check(_shared, { caller }) {
  return caller.answers.join() === '0,10';
}
