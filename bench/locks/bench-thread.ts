import { parentPort, workerData } from 'node:worker_threads';
import type { Access } from './access.ts';
import { contenders } from './contenders.ts';
import { Histogram } from './histogram.ts';
import { ControlAt, type Share, type ThreadData, type ThreadResult } from './thread-messages.ts';

const { contender: name, shared, control, data, thread } = workerData as ThreadData;
const contender = contenders.find((one) => one.name === name)!;
const access = contender.attach(shared, new Int32Array(data), thread);
const words = new Int32Array(control);

/** One section in so many is timed. */
const sampled = 8;

/** Which of 40 sections in a row read. */
function pattern(share: Share): boolean[] {
  return Array.from({ length: 40 }, (_, at) => {
    const before = Math.floor((at * share) / 100);
    return Math.floor(((at + 1) * share) / 100) > before;
  });
}

/** Runs sections until told to stop; between looks at that there are 40. */
function run(access: Access, reads: readonly boolean[], waits: Histogram): ThreadResult {
  let operations = 0;
  let writes = 0;
  const writesEach = reads.filter((isRead) => !isRead).length;
  while (Atomics.load(words, ControlAt.stop) === 0) {
    for (let at = 0; at < reads.length; at++) {
      if (at % sampled === 0) waits.addMs(reads[at]! ? access.timedRead() : access.timedWrite());
      else if (reads[at]!) access.read();
      else access.write();
    }
    operations += reads.length;
    writes += writesEach;
  }
  return { operations, writes, waits: waits.counts };
}

parentPort!.on('message', ({ share }: { share: Share }) => {
  // All begin together.
  Atomics.add(words, ControlAt.ready, 1);
  Atomics.notify(words, ControlAt.ready);
  Atomics.wait(words, ControlAt.go, 0);
  parentPort!.postMessage(run(access, pattern(share), new Histogram()));
});
parentPort!.postMessage('ready');
