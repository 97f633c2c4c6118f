import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { BoundedDpor } from '../../src/schedule/strategies/bounded-dpor.ts';
import { ClassSearch } from '../../src/schedule/strategies/class-search.ts';
import { DepthFirst } from '../../src/schedule/strategies/dfs.ts';
import { StateSearch } from '../../src/schedule/strategies/states.ts';
import { abba, counter, hotplug, lastzero, readers } from '../../test/execute/classic-programs.ts';
import {
  equivalenceCases,
  largeEquivalenceCases,
  type EquivalenceCase,
} from './equivalence-programs.ts';

interface Explored {
  readonly executions: number;
  readonly givenUp: number;
  readonly seconds: number;
}

function explored(program: Program, strategy: Strategy, most = Infinity): Explored {
  const coroutines = new Coroutines(program, { checks: false });
  let executions = 0;
  let givenUp = 0;
  const before = process.cpuUsage();
  coroutines.runAll(strategy, 0, ({ end }) => {
    if (end === 'abandoned') givenUp++;
    else executions++;
    return executions + givenUp >= most;
  });
  const { user, system } = process.cpuUsage(before);
  return { executions, givenUp, seconds: (user + system) / 1e6 };
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function told({ executions, givenUp, seconds }: Explored): string {
  return `${number(executions)}+${number(givenUp)} in ${seconds.toFixed(2)} s`;
}

/** One program by both coarse equivalences: the counts must be exact. */
function equivalenceRow({ name, make, traces, observers, readsFrom }: EquivalenceCase): boolean {
  const byObservers = explored(make(), new ClassSearch('observers'));
  const byReadsFrom = explored(make(), new ClassSearch('reads-from'));
  const exact = byObservers.executions === observers && byReadsFrom.executions === readsFrom;
  say(
    `${name.padEnd(20)}${number(traces).padStart(9)} traces, observers ${told(byObservers)}, ` +
      `reads-from ${told(byReadsFrom)}${exact ? '' : '  WRONG'}`,
  );
  return exact;
}

/** Unreduced schedules that are counted at the most. */
const schedulesMax = 200_000;

const boundedPrograms: readonly (readonly [string, () => Program])[] = [
  ['counter(3,3)', () => counter(3, 3)],
  ['lastzero(4)', () => lastzero(4)],
  ['readers(6)', () => readers(6)],
  ['abba(4)', () => abba(4)],
  ['hotplug', () => hotplug(false)],
  ['hotplug fixed', () => hotplug(true)],
];

function boundedRows(): void {
  say('\nwithin a bound on preemptions: all schedules, and dpor with its conservative points');
  for (const [name, make] of boundedPrograms) {
    for (const preemptions of [0, 1, 2]) {
      const all = explored(make(), new DepthFirst({ preemptions }), schedulesMax);
      const reduced = explored(make(), new BoundedDpor({ preemptions }));
      const more = all.executions >= schedulesMax ? 'more than ' : '';
      say(
        `${name.padEnd(26)} at most ${preemptions}: ${more}${number(all.executions)} schedules ` +
          `in ${all.seconds.toFixed(2)} s, dpor ${told(reduced)}`,
      );
    }
  }
}

/** A program, its traces, and what SPIN stores and takes (the notes on peers, section 3.4). */
const mergedPrograms: readonly (readonly [string, () => Program, number, string])[] = [
  ['counter(6,1)', () => counter(6, 1), 720, '10,030 states, 0.04 s'],
  ['counter(8,1)', () => counter(8, 1), 40_320, '118,653 states, 0.08 s'],
  ['counter(4,3)', () => counter(4, 3), 369_600, '9,059 states, 0.04 s'],
  ['counter(4,3), forgetting', () => counter(4, 3, true), 369_600, '9,059 states, 0.04 s'],
  ['abba(8)', () => abba(8), 255, '196,126 states, 0.12 s'],
  ['abba(8) gated', () => abba(8, true), 40_320, '5,633 states, 0.03 s'],
  ['lastzero(8)', () => lastzero(8), 704, '199,465 states, 0.11 s'],
  ['lastzero(10)', () => lastzero(10), 3328, '2,802,398 states, 1.66 s'],
  ['readers(12)', () => readers(12), 4096, '16,383 states, 0.04 s'],
  ['hotplug', () => hotplug(false), 17, '1,744 states, 0.03 s'],
];

/** Programs that the second word can pick. */
export const statesNames: readonly string[] = mergedPrograms.map(([name]) => name);

/**
 * `npm run bench -- states`: what merging states makes of the number of traces, and what it costs,
 * beside SPIN with its own reduction.
 */
export function statesBench(only: string | undefined): void {
  say('merging states: executions+given up; SPIN on its own machine, with reduction\n');
  for (const [name, make, traces, spin] of mergedPrograms) {
    if (only !== undefined && !name.includes(only)) continue;
    const strategy = new StateSearch();
    const result = explored(make(), strategy);
    const { rss } = process.memoryUsage();
    say(
      `${name.padEnd(14)}${number(traces).padStart(8)} traces: ${number(strategy.statesMet)} ` +
        `states, ${told(result)}, ${Math.round(rss / 2 ** 20)} MiB resident; SPIN: ${spin}`,
    );
  }
}

/** Programs of those rows. */
export const reductionNames: readonly string[] = [
  ...equivalenceCases,
  ...largeEquivalenceCases,
].map(({ name }) => name);

/** Rows of `npm run bench -- dpor` that come after those of traces; whether all are exact. */
export function reductionRows(only: string | undefined): boolean {
  say('\ncoarser equivalences: executions+given up in seconds of CPU');
  let exact = true;
  for (const one of [...equivalenceCases, ...largeEquivalenceCases]) {
    if (only === undefined || one.name.includes(only)) exact = equivalenceRow(one) && exact;
  }
  if (only === undefined) boundedRows();
  return exact;
}
