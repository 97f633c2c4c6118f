import addVsOnline from '../../scenarios/add-vs-online.ts';
import type { CoroutineOptions } from '../../src/execute/coroutine-options.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Scenario } from '../../src/program/index.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { bareLoop, recordedLoop } from './bare.ts';
import { inTurns, type Rate, type Work } from './measure.ts';
import { counter, locks, type BenchProgram } from './programs.ts';

const kernel: BenchProgram = {
  name: 'add-vs-online small',
  scenario: addVsOnline as Scenario,
  variant: 'v4.20',
  form: 'small',
  bare: undefined,
};

/** Executions that one piece of work runs. */
const batch = 200;

/** The engine with a strategy, checks on or off. */
function engine(program: BenchProgram, strategy: Strategy, options: CoroutineOptions): Work {
  const { scenario, variant, form } = program;
  const coroutines = new Coroutines(instantiate(scenario, { variant, form }), options);
  let next = 0;
  return () => {
    let executions = 0;
    let steps = 0;
    coroutines.runAll(strategy, next, (outcome) => {
      steps += outcome.steps;
      return ++executions >= batch;
    });
    next += executions;
    return { executions, steps };
  };
}

function bare(program: BenchProgram, steps: number): Work {
  const { scenario, variant, form } = program;
  const run =
    program.bare === undefined
      ? recordedLoop(instantiate(scenario, { variant, form })).run
      : bareLoop(program);
  return () => {
    for (let i = 0; i < batch; i++) run();
    return { executions: batch, steps: batch * steps };
  };
}

/** Steps of one execution of the bare loop. */
function stepsOf(program: BenchProgram): number {
  const { scenario, variant, form } = program;
  return recordedLoop(instantiate(scenario, { variant, form })).steps;
}

function line(cells: readonly string[]): void {
  const widths = [22, 26, 14, 14, 20];
  const text = cells.map((cell, at) =>
    at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!),
  );
  process.stdout.write(`${text.join('').trimEnd()}\n`);
}

function row(name: string, way: string, rate: Rate, base: Rate): void {
  const ratio = base.steps / rate.steps;
  line([
    name,
    way,
    Math.round(rate.executions).toLocaleString('en-US'),
    Math.round(rate.steps).toLocaleString('en-US'),
    way === 'bare loop' ? '' : `${ratio.toFixed(2)} times slower`,
  ]);
}

/**
 * `npm run bench -- engine`: the engine beside a bare generator loop that does the same steps, in
 * one run.
 */
export function engineBench(): void {
  line(['program', 'way', 'executions/s', 'steps/s', 'per step, than bare']);
  for (const program of [counter, locks, kernel]) {
    const steps = stepsOf(program);
    const off = { checks: false };
    // Executions of a trace that has been checked are not checked again, unless one asks for it.
    const again = { checkAgain: true };
    const ways: [string, Work][] = [
      ['bare loop', bare(program, steps)],
      ['random, checks off', engine(program, new RandomWalk({ seed: 1 }), off)],
      ['random, checks on', engine(program, new RandomWalk({ seed: 1 }), {})],
      ['random, each trace again', engine(program, new RandomWalk({ seed: 1 }), again)],
      ['pct, checks off', engine(program, new Pct({ seed: 1, depth: 3 }), off)],
      ['pct, checks on', engine(program, new Pct({ seed: 1, depth: 3 }), {})],
      ['pct, each trace again', engine(program, new Pct({ seed: 1, depth: 3 }), again)],
    ];
    const rates = inTurns(
      ways.map(([, work]) => work),
      5,
    );
    for (const [at, [way]] of ways.entries()) row(program.name, way, rates[at]!, rates[0]!);
    const lost = (on: number, off: number): string =>
      `${Math.round(100 * (1 - rates[on]!.executions / rates[off]!.executions))} %`;
    line([
      program.name,
      `executions lost by checks: random ${lost(2, 1)}, pct ${lost(5, 4)}; ` +
        `each trace again: random ${lost(3, 1)}, pct ${lost(6, 4)}`,
    ]);
  }
}
