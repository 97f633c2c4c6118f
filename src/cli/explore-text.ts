import type { Progress, Strategy } from '../execute/strategy.ts';
import type { Coverage } from '../schedule/coverage.ts';
import type { Counts, Exploration } from '../schedule/explore.ts';
import type { SeparateInversion } from '../schedule/separate-orders.ts';
import { progressText } from '../schedule/statement.ts';
import { unbounded } from '../schedule/strategies/registry.ts';
import { count, plural } from './io.ts';
import { predictionsText } from './predictions-text.ts';

/** How a form is explored: by what, and how far. */
export interface Plan {
  readonly strategy: Strategy;
  readonly executions: number | undefined;
}

/** "pct (depth 3, 1,000 executions)". */
export function planText({ strategy, executions }: Plan): string {
  const { depth, preemptions, bound, equivalence } = strategy.options;
  const details = [
    ...(depth === undefined ? [] : [`depth ${depth}`]),
    ...(equivalence === undefined ? [] : [String(equivalence)]),
    ...(preemptions === undefined ? [] : [boundText(Number(preemptions), 'preemption')]),
    ...(bound === undefined ? [] : [boundText(Number(bound), strategy.name.replace(/s$/, ''))]),
    executions === undefined ? 'to the end' : `${plural(executions, 'execution')}`,
  ];
  return `${strategy.name} (${details.join(', ')})`;
}

function boundText(bound: number, what: string): string {
  if (bound >= unbounded) return `any number of ${what}s`;
  return `at most ${plural(bound, what)}`;
}

interface HowFar {
  /** The limits that the user gave. */
  readonly executions: number | undefined;
  readonly seconds: number | undefined;
  /** What the strategy says. */
  readonly progress: Progress | undefined;
}

/** Executions, rate, findings, and how far it has come. */
export function statusText(what: string, counts: Counts, far: HowFar): string {
  const { executions, seconds, progress } = far;
  const elapsed = Math.max(0.001, counts.elapsedMs / 1000);
  const shares = [
    ...(executions === undefined ? [] : [counts.executions / executions]),
    ...(seconds === undefined ? [] : [elapsed / seconds]),
  ];
  const share = Math.min(1, Math.max(...shares));
  const estimate = progress === undefined ? '' : progressText(progress);
  const limit = shares.length === 0 ? [] : [`${Math.floor(share * 100)} % of the limit`];
  const done = [...(estimate === '' ? [] : [estimate]), ...limit];
  return (
    `${what}: ${plural(counts.executions, 'execution')}, ` +
    `${done.length === 0 ? 'end not in sight yet' : done.join(', ')}, ` +
    `${count(counts.executions / elapsed)} a second, ${plural(counts.findings, 'finding')}`
  );
}

/** What the executions of a random strategy have been through, in one line. */
function coverageText(coverage: Coverage): string {
  const { traces, tracesOnce, newInLastTenth, lastNew, beyond } = coverage;
  const more = beyond === 0 ? '' : ` (${plural(beyond, 'execution')} beyond that not told apart)`;
  return (
    `  coverage: ${plural(traces, 'trace')}${more}, ${count(tracesOnce)} of them met once; ` +
    `${count(newInLastTenth)} new in the last tenth, the last one in execution ` +
    `${count(lastNew)}; ${plural(coverage.readsFrom, 'reads-from pair')}, ` +
    `${plural(coverage.lockOrders, 'lock-order pair')}`
  );
}

/** An inversion of two executions, as `--json` has it. */
export function separateJson({ title, level, sides }: SeparateInversion): object {
  return {
    title,
    level,
    sides: sides.map(({ agent, held, wanted, execution }) => ({ agent, held, wanted, execution })),
  };
}

/** ", 1,000 executions a second"; nothing of so few that the number would be 0. */
function rateText({ executions, elapsedMs }: Counts): string {
  const rate = Math.round(executions / Math.max(0.001, elapsedMs / 1000));
  return rate === 0 ? '' : `, ${count(rate)} executions a second`;
}

/** What became of exploring one form. */
export function formLines(name: string, exploration: Exploration): string[] {
  const { counts, statement, findings, coverage, predictions, lockSearchesCut } = exploration;
  const lines = [
    `${name}: ${statement}; ${plural(findings.length, 'finding')} ` +
      `(${count(counts.steps)} steps${rateText(counts)})`,
  ];
  if (coverage !== undefined) lines.push(coverageText(coverage));
  if (predictions !== undefined) lines.push(predictionsText(predictions));
  if (lockSearchesCut > 0) {
    lines.push(
      `  lock order: ${count(lockSearchesCut)} of the searches for cycles gave up: ` +
        'inversions may be missing',
    );
  }
  return lines;
}
