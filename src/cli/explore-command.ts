import { instantiate } from '../execute/program.ts';
import { explore, type Counts, type Exploration } from '../schedule/explore.ts';
import { expectedText, judge, type Verdict } from '../schedule/expectation.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { strategyNamed } from '../schedule/strategies/registry.ts';
import { findingJson } from '../report/finding-json.ts';
import { findingText } from '../report/finding-text.ts';
import { FindingsStore } from '../report/findings-store.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, StatusLine, count, plural, type Io } from './io.ts';
import { chosen, requireStrategy, type ExploreCommandOptions } from './options.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';

/** One form of a variant, explored. */
interface FormResult {
  readonly form: string;
  readonly strategy: string;
  readonly exploration: Exploration;
}

interface VariantResult {
  readonly variant: string;
  readonly forms: readonly FormResult[];
  readonly verdict: Verdict;
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
  requireStrategy(options);
  const found = await findScenario(name);
  return await new ExploreRun(found, options, io).run();
}

class ExploreRun {
  private readonly found: FoundScenario;
  private readonly options: ExploreCommandOptions;
  private readonly io: Io;
  private readonly store: FindingsStore;
  private readonly interrupt = new Interrupt();
  private readonly text: boolean;

  constructor(found: FoundScenario, options: ExploreCommandOptions, io: Io) {
    this.found = found;
    this.options = options;
    this.io = io;
    this.store = new FindingsStore(options.out);
    this.text = options.json !== true;
  }

  async run(): Promise<number> {
    const { scenario } = this.found;
    const { variants, forms } = chosen(scenario, this.options, Object.keys(scenario.forms));
    if (this.text) this.printHead();
    const results: VariantResult[] = [];
    try {
      for (const variant of variants) {
        if (this.interrupt.requested) break;
        results.push(await this.exploreVariant(variant, forms));
      }
    } finally {
      this.interrupt.dispose();
      await this.store.settled();
    }
    const status = this.status(results);
    if (this.text) this.printEnd(results);
    else this.io.out(JSON.stringify(this.json(results, status), undefined, 2));
    return status;
  }

  private async exploreVariant(variant: string, forms: readonly string[]): Promise<VariantResult> {
    const results: FormResult[] = [];
    for (const form of forms) {
      if (this.interrupt.requested) break;
      results.push(await this.exploreForm(variant, form));
    }
    const records = results.flatMap(({ exploration }) => exploration.findings);
    const verdict = judge(this.found.scenario.variants[variant]!, records);
    if (this.text) this.printVariant(variant, verdict);
    return { variant, forms: results, verdict };
  }

  private async exploreForm(variant: string, form: string): Promise<FormResult> {
    const { options, found } = this;
    const declared = found.scenario.forms[form]!;
    const strategy = strategyNamed(options.strategy ?? declared.strategy ?? 'random', options);
    const endless = strategy.name !== 'dfs' && options.seconds === undefined;
    const byDefault = options.strategy === undefined ? declared.executions : undefined;
    const program = instantiate(found.scenario, { variant, form });
    const status = new StatusLine(this.io);
    const exploration = await explore(program, {
      strategy,
      seed: options.seed,
      executions: options.executions ?? byDefault ?? (endless ? executionsDefault : undefined),
      seconds: options.seconds,
      signal: this.interrupt.signal,
      onFinding: (record) => {
        status.clear();
        this.keep(record, variant, form);
      },
      onProgress: (counts) =>
        status.draw(progressText(`${variant} ${form} ${strategy.name}`, counts)),
    });
    status.clear();
    if (this.text) this.printForm(variant, form, strategy.name, exploration);
    return { form, strategy: strategy.name, exploration };
  }

  private keep(record: FindingRecord, variant: string, form: string): void {
    const program = { scenario: this.found.scenario.name, variant, form };
    const replay = `npx heddle replay ${this.store.pathOf(record, program)}`;
    this.store.add(record, program, replay);
    if (!this.text || this.options.quiet === true) return;
    // The inversion that a guard makes harmless is listed, not told at length.
    const text =
      record.finding.level === 'guarded'
        ? `  ${this.io.style.yellow(record.finding.title)}`
        : findingText(record, { style: this.io.style, replay });
    this.io.out(`${text}\n`);
  }

  private status(results: readonly VariantResult[]): number {
    if (this.interrupt.requested) return Exit.interrupted;
    return results.every(({ verdict }) => verdict.asExpected) ? Exit.asExpected : Exit.findings;
  }

  private printHead(): void {
    const { seed, strategy, executions, seconds, depth, preemptions, out } = this.options;
    const bound =
      preemptions >= 1000 ? 'any number of preemptions' : plural(preemptions, 'preemption');
    this.io.out(
      `heddle explore ${this.found.scenario.name} · seed ${seed} · strategy ${strategy ?? 'of each form'} · ` +
        `executions ${executions === undefined ? 'of each form' : count(executions)} · ` +
        `seconds ${seconds ?? 'any'} · pct depth ${depth} · dfs with ${bound} · findings to ${out}\n`,
    );
  }

  private printForm(
    variant: string,
    form: string,
    strategy: string,
    exploration: Exploration,
  ): void {
    const { counts, statement, findings } = exploration;
    const rate = counts.executions / Math.max(0.001, counts.elapsedMs / 1000);
    this.io.out(
      `${variant}, ${form}, ${strategy}: ${statement}; ${plural(findings.length, 'finding')} ` +
        `(${count(counts.steps)} steps, ${count(rate)} executions a second)`,
    );
  }

  private printVariant(variant: string, verdict: Verdict): void {
    const { style } = this.io;
    const lines = [
      verdict.asExpected
        ? style.green(`${variant}: as expected`)
        : style.red(`${variant}: NOT as expected`),
      ...verdict.missing.map((one) => `  missing: ${expectedText(one)}`),
      ...verdict.unexpected.map(({ finding }) => `  unexpected: ${finding.title}`),
    ];
    this.io.out(`${lines.join('\n')}\n`);
  }

  private printEnd(results: readonly VariantResult[]): void {
    const good = results.filter(({ verdict }) => verdict.asExpected).length;
    if (this.interrupt.requested) this.io.out('interrupted; what was found is kept');
    this.io.out(`${good} of ${plural(results.length, 'variant')} as expected`);
  }

  private json(results: readonly VariantResult[], status: number): Record<string, unknown> {
    const { scenario } = this.found;
    return {
      command: 'explore',
      scenario: scenario.name,
      options: { ...this.options },
      status,
      interrupted: this.interrupt.requested,
      variants: results.map(({ variant, forms, verdict }) => ({
        variant,
        asExpected: verdict.asExpected,
        missing: verdict.missing.map(expectedText),
        unexpected: verdict.unexpected.map(({ finding }) => finding.title),
        forms: forms.map(({ form, strategy, exploration }) => ({
          form,
          strategy,
          complete: exploration.complete,
          statement: exploration.statement,
          counts: exploration.counts,
          findings: exploration.findings.map((record) => ({
            ...findingJson(record),
            schedule: this.store.pathOf(record, { scenario: scenario.name, variant, form }),
          })),
        })),
      })),
    };
  }
}

function progressText(what: string, counts: Counts): string {
  const rate = counts.executions / Math.max(0.001, counts.elapsedMs / 1000);
  return (
    `${what}: ${plural(counts.executions, 'execution')}, ${count(rate)} a second, ` +
    `${plural(counts.findings, 'finding')}`
  );
}
