import { Worker } from 'node:worker_threads';
import { checkForm } from '../../src/execute/atomics/check-scenario.ts';
import { CheckSession } from '../../src/execute/atomics/check-session.ts';
import { exploreAnew } from '../../src/schedule/explore-anew.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';

const secondsEach = 2;
const threadCounts = [2, 3, 5];

/** What one way of exploring came to. */
interface Rate {
  readonly executions: number;
  readonly steps: number;
  /** Times that a thread was let go on and stood still again: two hand-overs each. */
  readonly turns: number;
  readonly seconds: number;
  /** Of this process, all its threads together: what a machine that is busy elsewhere leaves. */
  readonly cpuSeconds: number;
}

/**
 * Controlled executions a second of a program of 8 steps or so on 2, 3 and 5 worker threads, and
 * hand-overs a second beside a baton of bare `Atomics.wait` and `notify` between two threads.
 *
 * Where threads are asked for what is new this is the rate of the explorer: the program has few
 * different executions of each thread, and after these no thread moves. Where they are asked for
 * each step it is the rate of the threads.
 */
export async function controlledBench(): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`hand-overs a second, bare Atomics.wait and notify: ${rounded(await baton())}`);
  for (const count of threadCounts) {
    for (const strategy of ['random', 'pct']) {
      for (const plain of [true, false]) {
        const rate = await measure(count, strategy, plain);
        const { executions, steps, turns, seconds, cpuSeconds } = rate;
        const way = plain ? 'threads asked for what is new' : 'threads asked for each step';
        say(
          `${count} threads, ${strategy}, ${way}: ${rounded(executions / seconds)} executions a ` +
            `second (${rounded(executions / cpuSeconds)} a second of CPU) ` +
            `of ${(steps / executions).toFixed(1)} steps, ` +
            `${rounded((turns * 2) / seconds)} hand-overs a second`,
        );
      }
    }
  }
}

async function measure(count: number, strategy: string, plain: boolean): Promise<Rate> {
  const url = new URL(`./eight-steps.js?threads=${count}`, import.meta.url);
  const session = await CheckSession.open(url, { plain });
  try {
    const variant = Object.keys(session.scenario.variants)[0]!;
    const options = { seed: 1, depth: 3, preemptions: unbounded };
    const run = async (seconds: number): Promise<Rate> => {
      const turnsBefore = session.drivers.reduce((sum, { turns }) => sum + turns, 0);
      const cpuBefore = process.cpuUsage();
      const { counts } = await exploreAnew(
        session.scenario,
        { variant, form: checkForm },
        { seed: 1, seconds, strategy: () => strategyNamed(strategy, options) },
      );
      const turns = session.drivers.reduce((sum, driver) => sum + driver.turns, -turnsBefore);
      const { executions, steps, elapsedMs } = counts;
      const { user, system } = process.cpuUsage(cpuBefore);
      const cpuSeconds = (user + system) / 1e6;
      return { executions, steps, turns, seconds: elapsedMs / 1000, cpuSeconds };
    };
    await run(secondsEach / 4);
    return await run(secondsEach);
  } finally {
    await session.close();
  }
}

/** Hand-overs a second between this thread and another one, each of which sleeps meanwhile. */
async function baton(): Promise<number> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL('./baton.mjs', import.meta.url), {
    workerData: words.buffer,
    execArgv: [],
  });
  await new Promise((resolve) => worker.once('online', resolve));
  const began = performance.now();
  let turn = 0;
  while (performance.now() - began < secondsEach * 1000) {
    Atomics.store(words, 0, turn + 1);
    Atomics.notify(words, 0);
    while (Atomics.load(words, 0) < turn + 2) Atomics.wait(words, 0, turn + 1, 100);
    turn += 2;
  }
  Atomics.store(words, 1, 1);
  Atomics.store(words, 0, turn + 1);
  Atomics.notify(words, 0);
  const rate = (turn * 1000) / (performance.now() - began);
  await worker.terminate();
  return rate;
}

function rounded(rate: number): string {
  return Math.round(rate).toLocaleString('en');
}
