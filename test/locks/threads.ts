import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AgentTable } from '../../src/locks/index.ts';
import type { Job } from './jobs.ts';

/** Agents that a test's table has room for. */
export const capacity = 8;

/** Bytes of a test's buffer. */
const bufferBytes = 16_384;

/** Where a test's locks lie, and words that they guard. */
export const lockOffset: number = AgentTable.bytes(capacity);
export const dataWord: number = (bufferBytes - 64) / 4;

/** A buffer with an agent table at its start. */
export function makeTable(): AgentTable {
  return new AgentTable(new SharedArrayBuffer(bufferBytes), { capacity });
}

/** A worker thread of a test, which does one job after the other. */
export class TestThread {
  readonly worker: Worker;

  private constructor(worker: Worker) {
    this.worker = worker;
  }

  /** Starts some, each a watched agent of the table. */
  static async start(table: AgentTable, count: number): Promise<TestThread[]> {
    const workers = Array.from({ length: count }, () => {
      const workerData = { buffer: table.buffer, capacity: table.capacity };
      const worker = new Worker(new URL('thread.mjs', import.meta.url), { workerData });
      table.watch(worker);
      return worker;
    });
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return workers.map((worker) => new TestThread(worker));
  }

  /** Gives it a job; its answer, or what it threw as text. */
  async run(job: Job): Promise<unknown> {
    const answer = once(this.worker, 'message') as Promise<[{ answer: unknown }]>;
    this.worker.postMessage(job);
    return (await answer)[0].answer;
  }

  /** Ends the thread in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.worker.terminate();
  }
}

/** Waits until something is so; fails the test if it takes ten seconds. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !isSo(); waited++) {
    if (waited > 5000) throw new Error(`it did not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
