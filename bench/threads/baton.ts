import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** Words of the two threads: hand-overs, whether to go on, and the line of the first one. */
const At = { count: 0, goes: 1, first: 16 } as const;
const wordCount = 48;

/** Two threads that hand the turn to each other while they are let, each asleep meanwhile. */
export class Baton {
  private readonly words = new Int32Array(new SharedArrayBuffer(wordCount * 4));
  private readonly workers: readonly Worker[];

  constructor() {
    this.workers = [0, 1].map(
      (end) =>
        new Worker(new URL('./baton.mjs', import.meta.url), {
          workerData: { buffer: this.words.buffer, end },
          execArgv: [],
        }),
    );
  }

  /** Hand-overs a second, over so many milliseconds. */
  async measure(ms: number): Promise<number> {
    const { words } = this;
    Atomics.store(words, At.goes, 1);
    Atomics.store(words, At.first, 1);
    Atomics.notify(words, At.first);
    const before = Atomics.load(words, At.count);
    const began = performance.now();
    await delay(ms);
    const count = Atomics.load(words, At.count) - before;
    const rate = (count * 1000) / (performance.now() - began);
    Atomics.store(words, At.goes, 0);
    // Whoever has the baton drops it.
    await delay(20);
    return rate;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
