// The other end of a baton of Atomics.wait and notify, as bare as it can be.
import { workerData } from 'node:worker_threads';

const words = new Int32Array(workerData);
for (let turn = 1; Atomics.load(words, 1) === 0; turn += 2) {
  while (Atomics.load(words, 0) < turn) Atomics.wait(words, 0, turn - 1, 100);
  Atomics.store(words, 0, turn + 1);
  Atomics.notify(words, 0);
}
