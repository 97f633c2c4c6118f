import { instantiate } from '../../src/execute/program.ts';
import type { Counts } from '../../src/schedule/explore.ts';
import { exploreParallel } from '../../src/schedule/parallel/explore-parallel.ts';
import { busyLoops } from './busy-loop.ts';
import type { Scenario } from '../../src/program/index.ts';
import few from './counter-3-2.ts';
import many from './counter-3-5.ts';

/** Milliseconds that one measurement takes, once all threads are at work. */
const windowMs = 1500;
const rounds = 7;
/** Executions of each thread before it is measured: until then V8 has not compiled everything. */
const warmUp = 30_000;
const seed = 1;

/** A program, and where threads load it from. */
interface Subject {
  readonly scenario: Scenario;
  readonly file: string;
}

/** With 90 traces, which random executions soon have all met: from then on each costs the same. */
const small: Subject = { scenario: few, file: './counter-3-2.ts' };
/** With 756,756 traces: the search is not over before it is measured. */
const large: Subject = { scenario: many, file: './counter-3-5.ts' };

/** What so many threads do in a second, and in a second of CPU time of all threads. */
interface Rate {
  readonly wall: number;
  readonly cpu: number;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Executions of so many threads, from when they are all warm. */
async function rateOf(
  strategy: string,
  { scenario, file }: Subject,
  threads: number,
): Promise<Rate> {
  const controller = new AbortController();
  let from: (Counts & { cpuMs: number }) | undefined;
  let to: (Counts & { cpuMs: number }) | undefined;
  await exploreParallel(instantiate(scenario, { variant: 'default', form: 'full' }), {
    url: new URL(file, import.meta.url).href,
    strategy,
    strategyOptions: { seed, depth: 3, preemptions: 1000 },
    seed,
    threads,
    minimise: false,
    signal: controller.signal,
    onProgress: (counts) => {
      if (counts.executions < warmUp * threads) return;
      to = { ...counts, cpuMs: cpuMs() };
      from ??= to;
      if (to.elapsedMs - from.elapsedMs >= windowMs) controller.abort();
    },
  });
  if (from === undefined || to === undefined || to.executions === from.executions) {
    throw new Error(`the search by ${strategy} was over before it could be measured`);
  }
  const executions = (to.executions - from.executions) * 1000;
  return {
    wall: executions / (to.elapsedMs - from.elapsedMs),
    cpu: executions / (to.cpuMs - from.cpuMs),
  };
}

async function loopRate(copies: number): Promise<Rate> {
  const before = cpuMs();
  const wall = await busyLoops(copies, windowMs);
  return { wall, cpu: (wall * windowMs) / (cpuMs() - before) };
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/**
 * `npm run bench -- parallel`: one and two threads on random and on dpor, beside one and two copies
 * of a busy loop, in turns, so that what else the machine does meets all of them.
 *
 * @returns whether two threads are at least 1.8 times as fast as one, or, where the machine gives
 *   less than two cores, at least 0.9 of what two copies of the loop reach
 */
export async function parallelBench(): Promise<boolean> {
  const ways = {
    'busy loop': loopRate,
    random: (threads: number) => rateOf('random', small, threads),
    dpor: (threads: number) => rateOf('dpor', large, threads),
  };
  const gains = new Map<string, number[]>();
  process.stdout.write(
    'random on counter(3,2), dpor on counter(3,5), a second: one thread, two threads, two over ' +
      'one,\nthat over the same of the loop; and two over one in a second of CPU time\n\n',
  );
  for (let round = 1; round <= rounds; round++) {
    let loop = 0;
    for (const [name, rate] of Object.entries(ways)) {
      const one = await rate(1);
      const two = await rate(2);
      const gain = two.wall / one.wall;
      if (name === 'busy loop') loop = gain;
      gains.set(name, [...(gains.get(name) ?? []), gain]);
      const count = (value: number): string => Math.round(value).toLocaleString('en-US');
      process.stdout.write(
        `round ${round}  ${name.padEnd(10)} one ${count(one.wall).padStart(13)}  two ` +
          `${count(two.wall).padStart(13)}  ${gain.toFixed(2)}  ${(gain / loop).toFixed(2)}  ` +
          `${(two.cpu / one.cpu).toFixed(2)}\n`,
      );
    }
  }
  const loop = median(gains.get('busy loop')!);
  let good = true;
  process.stdout.write(`\nmedians: busy loop ${loop.toFixed(2)}\n`);
  for (const name of ['random', 'dpor']) {
    const gain = median(gains.get(name)!);
    const reached = gain >= 1.8 || gain >= 0.9 * loop;
    good &&= reached;
    process.stdout.write(
      `${name}: two threads are ${gain.toFixed(2)} times as fast as one, ` +
        `${(gain / loop).toFixed(2)} of what the loop reaches${reached ? '' : ': TOO LITTLE'}\n`,
    );
  }
  return good;
}
