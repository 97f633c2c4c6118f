import { instantiate } from '../execute/program.ts';
import {
  explore,
  type Counts,
  type Exploration,
  type ExploreOptions,
} from '../schedule/explore.ts';
import { exploreParallel } from '../schedule/parallel/explore-parallel.ts';
import { expectedText, judge, type Verdict } from '../schedule/expectation.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { strategyNamed, unbounded } from '../schedule/strategies/registry.ts';
import type { Progress, Strategy } from '../execute/strategy.ts';
import type { Coverage } from '../schedule/coverage.ts';
import { progressText } from '../schedule/statement.ts';
import { deathText } from '../execute/deaths.ts';
import { Confirmer } from './confirmer.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, StatusLine, count, plural, type Io } from './io.ts';
import { Keeper } from './keeper.ts';
import {
  chosen,
  deathsOf,
  requireStrategies,
  strategyOf,
  type ExploreCommandOptions,
} from './options.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';
import { verdictLines } from './verdict-text.ts';

/** One form of a variant, explored. */
interface FormResult {
  readonly form: string;
  readonly strategy: string;
  readonly exploration: Exploration;
  /** Those of the exploration, and deadlocks that `--confirm` reached beside them. */
  readonly findings: readonly FindingRecord[];
}

interface VariantResult {
  readonly variant: string;
  readonly forms: readonly FormResult[];
  readonly verdict: Verdict;
}

/** How a form is explored: by what, and how far. */
interface Plan {
  readonly strategy: Strategy;
  readonly executions: number | undefined;
}

/** Executions of a strategy that never is through by itself, where nothing says how many. */
const executionsDefault = 1000;

/**
 * `heddle explore SCENARIO`: explores schedules of every variant and compares with what each must
 * show.
 */
export async function exploreCommand(
  name: string,
  options: ExploreCommandOptions,
  io: Io,
): Promise<number> {
  const found = await findScenario(name);
  requireStrategies(options, found.scenario);
  return await new ExploreRun(found, options, io).run();
}

class ExploreRun {
  private readonly found: FoundScenario;
  private readonly options: ExploreCommandOptions;
  private readonly io: Io;
  private readonly keeper: Keeper;
  private readonly interrupt: Interrupt;
  private readonly confirmer: Confirmer;
  private readonly text: boolean;
  private readonly variants: readonly string[];
  private readonly forms: readonly string[];

  constructor(found: FoundScenario, options: ExploreCommandOptions, io: Io) {
    const { scenario } = found;
    this.found = found;
    this.options = options;
    this.io = io;
    const { variants, forms } = chosen(scenario, options, Object.keys(scenario.forms));
    this.variants = variants;
    this.forms = forms;
    this.keeper = new Keeper(found, options.out, io, options.trace, options.kill);
    this.interrupt = new Interrupt(io);
    this.text = options.json !== true;
    this.confirmer = new Confirmer(found, options, this.keeper, this.interrupt.signal, io);
  }

  async run(): Promise<number> {
    const results: VariantResult[] = [];
    try {
      if (this.text) this.printHead();
      for (const variant of this.variants) {
        if (this.interrupt.requested) break;
        results.push(await this.exploreVariant(variant));
      }
    } finally {
      this.interrupt.dispose();
    }
    const status = this.status(results);
    if (this.text) this.printEnd(results);
    else this.io.out(JSON.stringify(this.json(results, status), undefined, 2));
    await this.keeper.settled();
    return status;
  }

  private async exploreVariant(variant: string): Promise<VariantResult> {
    const results: FormResult[] = [];
    for (const form of this.forms) {
      if (this.interrupt.requested) break;
      results.push(await this.exploreForm(variant, form));
    }
    const records = results.flatMap(({ findings }) => findings);
    const verdict = judge(this.found.scenario.variants[variant]!, records);
    const whole = this.interrupt.requested ? 'interrupted' : verdict.asExpected;
    if (this.text) this.io.out(`${verdictLines(variant, whole, verdict, this.io).join('\n')}\n`);
    return { variant, forms: results, verdict };
  }

  private async exploreForm(variant: string, form: string): Promise<FormResult> {
    const { options, found } = this;
    const { strategy, executions } = this.plan(form);
    const program = instantiate(found.scenario, { variant, form, ...deathsOf(options) });
    const status = new StatusLine(this.io);
    const common = {
      seed: options.seed,
      executions,
      seconds: options.seconds,
      signal: this.interrupt.signal,
      explain: options.quiet !== true,
      onFinding: (record: FindingRecord) => {
        status.clear();
        this.keeper.keep(record, variant, form);
        if (this.text && options.quiet !== true) this.keeper.tell(record, variant, form);
      },
      estimate: true,
      onProgress: (counts: Counts, progress: Progress | undefined) => {
        const what = `${variant} ${form} ${strategy.name}`;
        status.draw(statusText(what, counts, { executions, seconds: options.seconds, progress }));
      },
    } satisfies Omit<ExploreOptions, 'strategy'>;
    const exploration =
      options.threads === 1
        ? await explore(program, { ...common, strategy })
        : await exploreParallel(program, {
            ...common,
            url: found.url,
            strategy: strategy.name,
            strategyOptions: options,
            threads: options.threads,
          });
    status.clear();
    if (this.text) this.printForm(variant, form, strategy.name, exploration);
    const confirmed = await this.confirmer.confirm(exploration.findings, variant, form);
    const findings = [...exploration.findings, ...confirmed];
    return { form, strategy: strategy.name, exploration, findings };
  }

  private plan(form: string): Plan {
    const { options, found } = this;
    const declared = found.scenario.forms[form]!;
    const strategy = strategyNamed(strategyOf(declared, options), options);
    const endless = strategy.exhausted === undefined && options.seconds === undefined;
    const byDefault = options.strategy === undefined ? declared.executions : undefined;
    const executions = options.executions ?? byDefault ?? (endless ? executionsDefault : undefined);
    return { strategy, executions };
  }

  private status(results: readonly VariantResult[]): number {
    if (this.interrupt.requested) return Exit.interrupted;
    return results.every(({ verdict }) => verdict.asExpected) ? Exit.asExpected : Exit.findings;
  }

  /** Seed and everything derived, before anything runs. */
  private printHead(): void {
    const { seed, seconds, out } = this.options;
    const time = seconds === undefined ? [] : [`at most ${seconds} s each`];
    const parts = [
      `heddle explore ${this.found.scenario.name}`,
      `seed ${seed}`,
      ...this.forms.map((form) => `${form} by ${planText(this.plan(form))}`),
      ...time,
      ...(this.options.kill ?? []).map((death) => `kills ${deathText(death)}`),
      `findings to ${out}`,
    ];
    this.io.out(`${parts.join(' · ')}\n`);
  }

  private printForm(
    variant: string,
    form: string,
    strategy: string,
    exploration: Exploration,
  ): void {
    const { counts, statement, findings, coverage } = exploration;
    const rate = counts.executions / Math.max(0.001, counts.elapsedMs / 1000);
    this.io.out(
      `${variant}, ${form}, ${strategy}: ${statement}; ${plural(findings.length, 'finding')} ` +
        `(${count(counts.steps)} steps, ${count(rate)} executions a second)`,
    );
    if (coverage !== undefined) this.io.out(coverageText(coverage));
  }

  private printEnd(results: readonly VariantResult[]): void {
    const good = results.filter(({ verdict }) => verdict.asExpected).length;
    if (this.interrupt.requested) {
      this.io.out(`interrupted; what was found is kept in ${this.keeper.folder}`);
      return;
    }
    this.io.out(`${good} of ${plural(results.length, 'variant')} as expected`);
  }

  private json(results: readonly VariantResult[], status: number): Record<string, unknown> {
    return {
      command: 'explore',
      scenario: this.found.scenario.name,
      options: { ...this.options },
      status,
      interrupted: this.interrupt.requested,
      variants: results.map(({ variant, forms, verdict }) => ({
        variant,
        asExpected: verdict.asExpected,
        missing: verdict.missing.map(expectedText),
        unexpected: verdict.unexpected.map(({ finding }) => finding.title),
        forms: forms.map(({ form, strategy, exploration, findings }) => ({
          form,
          strategy,
          complete: exploration.complete,
          statement: exploration.statement,
          counts: exploration.counts,
          coverage: exploration.coverage ?? null,
          estimate: exploration.progress ?? null,
          findings: findings.map((record) => this.keeper.json(record, variant, form)),
        })),
      })),
    };
  }
}

/** "pct (depth 3, 1,000 executions)". */
function planText({ strategy, executions }: Plan): string {
  const { depth, preemptions, bound } = strategy.options;
  const details = [
    ...(depth === undefined ? [] : [`depth ${depth}`]),
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
function statusText(what: string, counts: Counts, far: HowFar): string {
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
