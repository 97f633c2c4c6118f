import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { Random } from '../../src/execute/random.ts';
import type { Scenario } from '../../src/program/index.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';
import { bufferPrograms } from './buffer-programs.ts';
import type { BugProgram } from './bug-program.ts';
import { lockFreePrograms } from './lock-free-programs.ts';
import { lockPrograms } from './lock-programs.ts';
import { orderPrograms } from './order-programs.ts';
import { published } from './published.ts';

export const bugPrograms: readonly BugProgram[] = [
  ...orderPrograms,
  ...lockPrograms,
  ...bufferPrograms,
  ...lockFreePrograms,
];

/** Strategies whose executions depend on a seed. */
const randomised = [
  'portfolio',
  'turns',
  'rff',
  'frontier',
  'surw',
  'urw',
  'pos',
  'guided',
  'pct',
  'fair-pct',
  'random',
];
/** Strategies that always do the same. */
const systematic = ['preemptions', 'delays', 'dpor'];

const others = [...randomised, ...systematic].slice(1);

/** How far a program is tried: fully, or as far as a machine has time for. */
interface Effort {
  readonly seeds: number;
  /** Schedules at the most. */
  readonly schedules: number;
  readonly strategies: readonly string[];
}

/**
 * As in the artifact of SURW: 20 trials of 10,000 schedules; 10^6 for SafeStack, by the strategies
 * that have a chance.
 */
function effortOf(program: BugProgram): Effort {
  if (program.name === 'SafeStack') {
    return { seeds: 20, schedules: 1_000_000, strategies: ['portfolio', 'frontier'] };
  }
  return { seeds: 20, schedules: 10_000, strategies: [...randomised, ...systematic] };
}

/** The scenario with its agents in an order that the seed draws. */
function shuffled(scenario: Scenario, seed: number): Scenario {
  const agents = Object.keys(scenario.agents);
  const random = new Random();
  random.seed(seed, 0);
  for (let at = agents.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [agents[at], agents[other]] = [agents[other]!, agents[at]!];
  }
  return { ...scenario, forms: { full: { summary: 'all agents, shuffled', agents } } };
}

/** The number of the first execution, from 1, that fails or cannot go on; 0 if none does. */
export function firstBug(
  scenario: Scenario,
  strategy: string,
  seed: number,
  executions: number,
): number {
  const made = instantiate(scenario, { variant: 'broken', form: 'full' });
  const coroutines = new Coroutines(made, { checks: false });
  let count = 0;
  let found = 0;
  const options = { seed, depth: 3, preemptions: unbounded };
  coroutines.runAll(strategyNamed(strategy, options), 0, ({ end }) => {
    count++;
    if (end === 'failed' || end === 'stalled') found = count;
    return found > 0 || count >= executions;
  });
  return found;
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** "12", "12 (18)": the mean over the seeds that found it, and how many those were if not all. */
function meanText(firsts: readonly number[]): string {
  const found = firsts.filter((first) => first > 0);
  if (found.length === 0) return '-';
  const mean = meanOf(found);
  const text = mean < 10 ? mean.toFixed(1) : Math.round(mean).toLocaleString('en-US');
  return found.length === firsts.length ? text : `${text} (${found.length})`;
}

function line(cells: readonly string[]): void {
  const [first, ...rest] = cells;
  process.stdout.write(`${first!.padEnd(24)}${rest.map((cell) => cell.padStart(13)).join('')}\n`);
}

/** How many of the published tools need at least as many schedules as the portfolio's mean. */
function comparison(program: BugProgram, firsts: readonly number[]): string {
  const figures = published[program.name];
  if (figures === undefined) return '';
  const best = figures.reduce((one, other) => (other.schedules < one.schedules ? other : one));
  const worst = figures.reduce((one, other) => (other.schedules > one.schedules ? other : one));
  const mean = meanOf(firsts);
  const squares = firsts.reduce((sum, first) => sum + (first - mean) ** 2, 0);
  const error = Math.sqrt(squares) / firsts.length;
  const found = firsts.every((first) => first > 0);
  const within = figures.filter(({ schedules }) => found && mean <= schedules).length;
  return (
    `  ±${error.toFixed(1)}, median ${medianOf(firsts)}, within ${within} of ${figures.length}: ` +
    `best ${best.tool} ${best.schedules}, worst ${worst.tool} ${worst.schedules}`
  );
}

/** Executions after which a proof of a mended program is given up. */
const proofExecutionsMax = 100_000;

/** Which complete search is through with the mended program, and in how many executions. */
export function proof({ scenario }: BugProgram): string {
  if (scenario.variants['fixed'] === undefined) return '';
  for (const name of ['dpor', 'states']) {
    const made = instantiate(scenario, { variant: 'fixed', form: 'full' });
    const options = { seed: 1, depth: 3, preemptions: unbounded, symmetry: true };
    const strategy = strategyNamed(name, options);
    let executions = 0;
    let cutOff = false;
    let bug = false;
    new Coroutines(made, { checks: false }).runAll(strategy, 0, ({ end }) => {
      executions++;
      cutOff ||= end === 'cutOff';
      bug ||= end === 'failed' || end === 'stalled';
      return bug || executions >= proofExecutionsMax;
    });
    if (bug) return `WRONG: ${name} finds a bug in execution ${executions} of the mended program`;
    if (strategy.exhausted !== true || cutOff) continue;
    const how = strategy.limits ?? ' all orders of dependent steps';
    return `mended: proved by ${name}, ${executions} executions,${how}`;
  }
  return `mended: open after ${proofExecutionsMax.toLocaleString('en-US')}`;
}

/**
 * `npm run bench -- bugs [NAME]`: schedules to the first bug of the SCTBench programs, for every
 * strategy: the mean over 20 seeds, beside what published tools need; and by which search the
 * mended program, where there is one, is proved to be without the bug. `shuffled` is the portfolio
 * with the agents of each seed in another order: the first of `turns` are the same for all seeds,
 * and whether they find a bug depends on the order in which a program names its agents.
 */
export function bugsBench(pattern = ''): void {
  line(['program', 'portfolio', 'shuffled', ...others, '  published']);
  for (const program of bugPrograms) {
    if (!program.name.includes(pattern)) continue;
    const { seeds, schedules, strategies } = effortOf(program);
    const { scenario } = program;
    const firsts = (strategy: string, inOrder: (seed: number) => Scenario): number[] => {
      if (!strategies.includes(strategy)) return [];
      const count = systematic.includes(strategy) ? 1 : seeds;
      return Array.from({ length: count }, (_, at) =>
        firstBug(inOrder(at + 1), strategy, at + 1, schedules),
      );
    };
    const portfolio = firsts('portfolio', () => scenario);
    const cells = [
      portfolio,
      firsts('portfolio', (seed) => shuffled(scenario, seed)),
      ...others.map((strategy) => firsts(strategy, () => scenario)),
    ].map((all) => (all.length === 0 ? '' : meanText(all)));
    line([program.name, ...cells, comparison(program, portfolio)]);
    const proved = proof(program);
    if (proved !== '') line(['', `  ${proved}`]);
  }
}
