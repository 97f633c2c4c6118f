import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A loop that is always the same, for so many milliseconds; tells how many rounds it made. */
const code = `
  const { parentPort, workerData } = require('node:worker_threads');
  let state = 1;
  let rounds = 0;
  parentPort.once('message', () => {
    const end = performance.now() + workerData;
    while (performance.now() < end) {
      for (let round = 0; round < 100000; round++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
      }
      rounds += state === 0 ? 0 : 100000;
    }
    parentPort.postMessage(rounds);
  });
  parentPort.postMessage('ready');
`;

/** Rounds a second that so many copies of a busy loop make together. */
export async function busyLoops(copies: number, ms: number): Promise<number> {
  const workers = Array.from({ length: copies }, () => {
    return new Worker(code, { eval: true, workerData: ms });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const answers = workers.map((worker) => once(worker, 'message') as Promise<[number]>);
  for (const worker of workers) worker.postMessage('go');
  const rounds = (await Promise.all(answers)).reduce((sum, [one]) => sum + one, 0);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (rounds * 1000) / ms;
}
