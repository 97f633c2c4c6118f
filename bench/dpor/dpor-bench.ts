import addVsOnline from '../../scenarios/add-vs-online.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Scenario } from '../../src/program/index.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { reductionNames, reductionRows } from './reductions-bench.ts';
import { largeCases, smallCases, type TraceCase } from './dpor-programs.ts';

const columns = [22, 11, 11, 7, 10, 8, 10, 12, 10, 9, 9, 9, 9];

function line(cells: readonly string[]): void {
  const text = cells.map((cell, at) =>
    at === 0 ? cell.padEnd(columns[at]!) : cell.padStart(columns[at]!),
  );
  process.stdout.write(`${text.join('').trimEnd()}\n`);
}

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Rounds of the loop that says how fast this machine is at the moment. */
const rounds = 300_000_000;

/** A run that takes longer is not repeated. */
const repeatedSecondsMax = 4;

/** CPU seconds of a loop that is always the same: figures of other machines go by it. */
function calibration(): number {
  let state = 1;
  const seconds = cpuSeconds(() => {
    for (let round = 0; round < rounds; round++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
    }
  });
  if (state === 0) throw new Error('xorshift never comes to 0');
  return seconds;
}

interface Explored {
  readonly executions: number;
  readonly deadlocked: number;
  readonly blocked: number;
  readonly seconds: number;
  /** Steps that wait to be run at the most, and resident memory at the end. */
  readonly waiting: number;
  readonly residentMiB: number;
}

function explored({ make }: Pick<TraceCase, 'make'>, checks: boolean): Explored {
  const coroutines = new Coroutines(make(), { checks });
  const strategy = new Dpor();
  let executions = 0;
  let deadlocked = 0;
  const seconds = cpuSeconds(() => {
    coroutines.runAll(strategy, 0, ({ end }) => {
      executions++;
      if (end === 'stalled') deadlocked++;
      return false;
    });
  });
  const residentMiB = process.memoryUsage.rss() / 2 ** 20;
  const { blocked } = strategy;
  return { executions, deadlocked, blocked, seconds, waiting: strategy.waiting.most, residentMiB };
}

/** The best of three runs, as the peers' figures are; of one that takes long, that one. */
function best(program: TraceCase): Explored {
  let found = explored(program, false);
  for (let again = 1; again < 3 && found.seconds < repeatedSecondsMax; again++) {
    const other = explored(program, false);
    if (other.seconds < found.seconds) found = other;
  }
  return found;
}

function peer(theirs: number, mine: number): readonly [string, string] {
  return theirs === 0 ? ['', ''] : [theirs.toFixed(2), `${(theirs / mine).toFixed(1)}x`];
}

/** One program: the counts must be exact. */
function row(program: TraceCase, checked: boolean): boolean {
  const off = best(program);
  const on = checked ? explored(program, true) : undefined;
  const exact =
    off.executions === program.traces && off.deadlocked === program.deadlocked && off.blocked === 0;
  line([
    program.name,
    program.traces.toLocaleString('en-US'),
    off.executions.toLocaleString('en-US'),
    `${off.deadlocked}`,
    `${off.executions - program.traces}+${off.blocked}`,
    off.seconds.toFixed(2),
    Math.round(off.executions / off.seconds).toLocaleString('en-US'),
    on === undefined ? '' : on.seconds.toFixed(2),
    off.waiting.toLocaleString('en-US'),
    ...peer(program.nidhugg, off.seconds),
    ...peer(program.genmc, off.seconds),
    exact ? '' : '  WRONG',
  ]);
  return exact;
}

/** The catalogue's scenario in its small form: all that its releases have. */
function scenarioRows(): void {
  process.stdout.write('\nadd-vs-online, small form, executions for each release\n');
  for (const variant of Object.keys(addVsOnline.variants)) {
    const make = () => instantiate(addVsOnline as Scenario, { variant, form: 'small' });
    const { executions, deadlocked, blocked, seconds } = explored({ make }, true);
    process.stdout.write(
      `${variant.padEnd(28)} ${executions} executions, ${deadlocked} deadlocked, ` +
        `${blocked} blocked, ${seconds.toFixed(2)} s of CPU\n`,
    );
  }
}

/** Resident memory over one long search. */
function memoryRows(): void {
  process.stdout.write('\nmemory over counter(4,3), checks off\n');
  const { make, traces } = largeCases.find(({ name }) => name === 'counter(4,3)')!;
  const coroutines = new Coroutines(make(), { checks: false });
  let executions = 0;
  coroutines.runAll(new Dpor(), 0, () => {
    if (++executions % (traces / 5) === 0) {
      const { heapUsed, rss } = process.memoryUsage();
      const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
      process.stdout.write(
        `${executions.toLocaleString('en-US').padStart(11)} executions: ` +
          `heap ${mib(heapUsed)}, resident ${mib(rss)}\n`,
      );
    }
    return false;
  });
}

/** Programs that the second word can pick. */
export const dporNames: readonly string[] = [
  ...[...smallCases, ...largeCases].map(({ name }) => name),
  ...reductionNames,
];

/**
 * `npm run bench -- dpor`: programs whose numbers of traces are known, beside what Nidhugg and
 * GenMC take for them; a second word picks programs by a part of their names.
 *
 * @returns whether all counts were exact
 */
export function dporBench(only: string | undefined): boolean {
  process.stdout.write(
    `calibration: ${(rounds / 1e6).toFixed(0)} million rounds of xorshift in ` +
      `${calibration().toFixed(2)} s of CPU\n` +
      'peers: CPU seconds on their machine (AMD EPYC), where a calibration loop of their own ' +
      'took 0.64 to 0.77 s\n' +
      'CPU s: the best of three runs, as theirs; of one over 4 s that one\n' +
      'waiting: steps of what waits to be run, or nodes of the wakeup trees, at the most\n' +
      'redundant: executions beyond the traces + executions given up\n\n',
  );
  line([
    'program',
    'traces',
    'executions',
    'stuck',
    'redundant',
    'CPU s',
    'a second',
    'with checks',
    'waiting',
    'Nidhugg',
    '',
    'GenMC',
    '',
  ]);
  let exact = true;
  const picked = (one: TraceCase): boolean => only === undefined || one.name.includes(only);
  for (const one of smallCases.filter(picked)) exact = row(one, true) && exact;
  for (const one of largeCases.filter(picked)) exact = row(one, one.traces < 300_000) && exact;
  exact = reductionRows(only) && exact;
  if (only === undefined) {
    scenarioRows();
    memoryRows();
  }
  process.stdout.write(exact ? '\nall counts are exact\n' : '\nNOT all counts are exact\n');
  return exact;
}
