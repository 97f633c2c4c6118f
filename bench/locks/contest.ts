import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { counterAt } from './access.ts';
import { threadsMax, type Contender } from './contender.ts';
import { rowOf, type BadRow, type Row } from './row.ts';
import { ControlAt, type Share, type ThreadData, type ThreadResult } from './thread-messages.ts';

/** Milliseconds that threads may take to end after they were told to. */
const graceMs = 5000;

/** One contender with its threads, which are kept from row to row. */
export class Contest {
  readonly contender: Contender;
  private readonly control = new SharedArrayBuffer(64);
  private readonly data = new SharedArrayBuffer(64);
  private readonly words = new Int32Array(this.control);
  private readonly counter = new Int32Array(this.data);
  private readonly workers: Worker[] = [];
  private hung = false;

  constructor(contender: Contender) {
    this.contender = contender;
  }

  async open(threads: number): Promise<void> {
    const shared = this.contender.share();
    for (let thread = 0; thread < Math.min(threads, threadsMax); thread++) {
      const workerData: ThreadData = {
        contender: this.contender.name,
        shared,
        control: this.control,
        data: this.data,
        thread,
      };
      this.workers.push(new Worker(new URL('bench-thread.mjs', import.meta.url), { workerData }));
    }
    await Promise.all(this.workers.map((worker) => once(worker, 'message')));
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  /** One measurement; says so if threads never ended, or counts were lost. */
  async run(threads: number, share: Share, ms: number): Promise<Row | BadRow> {
    const place = { contender: this.contender.name, threads, share };
    if (this.hung) return { ...place, problem: 'not run: it hung before' };
    const { words, counter } = this;
    words.fill(0);
    counter.fill(0);
    const used = this.workers.slice(0, threads);
    const answers = used.map((worker) => once(worker, 'message') as Promise<[ThreadResult]>);
    for (const worker of used) worker.postMessage({ share });
    while (Atomics.load(words, ControlAt.ready) < threads) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const cpu = process.cpuUsage();
    const begun = performance.now();
    Atomics.store(words, ControlAt.go, 1);
    Atomics.notify(words, ControlAt.go);
    await new Promise((resolve) => setTimeout(resolve, ms));
    Atomics.store(words, ControlAt.stop, 1);
    const ended = await inTime(Promise.all(answers), graceMs);
    const wallMs = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    if (ended === undefined) {
      this.hung = true;
      return { ...place, problem: 'hangs: a thread was never woken' };
    }
    const results = ended.map(([result]) => result);
    const lost = results.reduce((sum, { writes }) => sum + writes, 0) - counter[counterAt]!;
    if (lost !== 0 && this.contender.unchecked !== true) {
      return { ...place, problem: `does not exclude: ${lost} counts lost` };
    }
    return rowOf(place, results, wallMs, (user + system) / 1000);
  }
}

async function inTime<Value>(value: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return await Promise.race([value, late]).finally(() => clearTimeout(timer));
}
