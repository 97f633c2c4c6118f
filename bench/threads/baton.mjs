// One end of a baton of Atomics.wait and notify between two threads, as bare as it can be: a word
// and a line for each of them.
import { workerData } from 'node:worker_threads';

const { buffer, end } = workerData;
const words = new Int32Array(buffer);
const [mine, other] = end === 0 ? [16, 32] : [32, 16];
for (;;) {
  while (Atomics.load(words, mine) === 0) Atomics.wait(words, mine, 0);
  Atomics.store(words, mine, 0);
  words[0]++;
  if (Atomics.load(words, 1) === 0) continue;
  Atomics.store(words, other, 1);
  Atomics.notify(words, other);
}
