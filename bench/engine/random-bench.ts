import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';
import { abba, counter, hotplug, lastzero, readers } from '../../test/execute/classic-programs.ts';
import { bareLoop, recordedLoop } from './bare.ts';
import { inTurns, type Rate, type Work } from './measure.ts';
import { counter as bareCounter } from './programs.ts';

/** Executions that one piece of work runs. */
const batch = 200;

/**
 * The programs of the project's notes on its peers, with the thousands of executions a second of
 * CPU time that Shuttle 0.9.3 made there of each by `random`: without checks, since it has none.
 */
const programs: readonly { name: string; make: () => Program; shuttle: number }[] = [
  { name: 'readers(4)', make: () => readers(4), shuttle: 238 },
  { name: 'readers(8)', make: () => readers(8), shuttle: 135 },
  { name: 'readers(14)', make: () => readers(14), shuttle: 84 },
  { name: 'lastzero(4)', make: () => lastzero(4), shuttle: 196 },
  { name: 'lastzero(8)', make: () => lastzero(8), shuttle: 105 },
  { name: 'lastzero(12)', make: () => lastzero(12), shuttle: 80 },
  { name: 'counter(3,2)', make: () => counter(3, 2), shuttle: 185 },
  { name: 'counter(3,3)', make: () => counter(3, 3), shuttle: 143 },
  { name: 'counter(4,3)', make: () => counter(4, 3), shuttle: 99 },
  { name: 'counter(8,1)', make: () => counter(8, 1), shuttle: 78 },
  { name: 'abba-gate(3)', make: () => abba(3, true), shuttle: 185 },
  { name: 'abba-gate(8)', make: () => abba(8, true), shuttle: 60 },
  { name: 'hotplug fixed', make: () => hotplug(true), shuttle: 127 },
];

/** The engine by a strategy. */
function engine(program: Program, strategy: string, checks: boolean): Work {
  const coroutines = new Coroutines(program, { checks });
  const made = strategyNamed(strategy, { seed: 1, depth: 3, preemptions: unbounded });
  let next = 0;
  return () => {
    let executions = 0;
    let steps = 0;
    coroutines.runAll(made, next, (outcome) => {
      steps += outcome.steps;
      return ++executions >= batch;
    });
    next += executions;
    return { executions, steps };
  };
}

/** The agents' own generators, resumed in the order of an execution and nothing else. */
function bare(program: Program): Work {
  const { run, steps } = recordedLoop(program);
  return () => {
    for (let i = 0; i < batch; i++) run();
    return { executions: batch, steps: batch * steps };
  };
}

/** The 2x1 counter as plain generators on a plain array: what nothing can be faster than. */
function calibration(): Work {
  const run = bareLoop(bareCounter);
  return () => {
    for (let i = 0; i < batch; i++) run();
    return { executions: batch, steps: batch * 8 };
  };
}

function line(cells: readonly string[]): void {
  const text = cells.map((cell, at) => (at === 0 ? cell.padEnd(15) : cell.padStart(15)));
  process.stdout.write(`${text.join('').trimEnd()}\n`);
}

/** Executions and steps a second, in thousands and millions. */
function both(rate: Rate): string {
  return `${Math.round(rate.executions / 1000)}k ${(rate.steps / 1e6).toFixed(1)}M`;
}

function percent(rate: Rate, of: Rate): string {
  return `${Math.round((100 * rate.steps) / of.steps)} %`;
}

/** The share of executions that checks cost. */
function lost(on: Rate, off: Rate): string {
  return `${Math.round(100 * (1 - on.executions / off.executions))} %`;
}

/**
 * `npm run bench -- random`: executions and steps a second of the programs that peers were measured
 * with, checks on and off, beside the bare generator loop, all in turns in one run.
 */
export function randomBench(): void {
  const two = instantiate(bareCounter.scenario, {
    variant: bareCounter.variant,
    form: bareCounter.form,
  });
  const [bareTwo, offTwo, onTwo] = inTurns(
    [calibration(), engine(two, 'random', false), engine(two, 'random', true)],
    5,
  );
  const columns = ['program', 'bare loop', 'random', 'checks on', 'of bare', 'lost'];
  line([...columns, 'pct', 'checks on', 'Shuttle']);
  line([
    '2x1 counter',
    both(bareTwo!),
    both(offTwo!),
    both(onTwo!),
    percent(onTwo!, bareTwo!),
    lost(onTwo!, offTwo!),
    '',
    '',
    '381k',
  ]);
  for (const { name, make, shuttle } of programs) {
    const program = make();
    const [loop, off, on, pct, pctOn] = inTurns(
      [
        bare(program),
        engine(program, 'random', false),
        engine(program, 'random', true),
        engine(program, 'pct', false),
        engine(program, 'pct', true),
      ],
      2,
    );
    const rates = [loop!, off!, on!].map(both);
    const shares = [percent(on!, loop!), lost(on!, off!)];
    line([name, ...rates, ...shares, both(pct!), both(pctOn!), `${shuttle}k`]);
  }
  process.stdout.write(
    'k: thousand executions a second of CPU time, M: million steps. Shuttle: 0.9.3, random, as\n' +
      'published in the notes on peers, on an idle machine of this kind; it has no checks.\n' +
      'bare loop: the agents’ own generators in a fixed order, answered from a record; of the\n' +
      '2x1 counter plain generators on a plain array. of bare: steps a second, all checks on.\n' +
      'lost: executions a second, all checks on.\n',
  );
}
