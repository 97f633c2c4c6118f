/** What a thread of `heddle torture` starts with: does what its `workerData` says. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TortureThreadAnswer, TortureThreadData } from '../src/execute/torture/messages.ts';
import { TortureThread } from '../src/execute/torture/torture-thread.ts';

function answer(): TortureThreadAnswer {
  try {
    new TortureThread(workerData as TortureThreadData).run();
    return { status: 'ended' };
  } catch (error) {
    return { status: 'broken', message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort!.postMessage(answer());
