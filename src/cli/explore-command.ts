import { instantiate, type ProgramChoice } from '../execute/program.ts';
import { UserError } from '../program/errors.ts';
import {
  explore,
  type Counts,
  type Exploration,
  type ExploreOptions,
} from '../schedule/explore.ts';
import { exploreAnew } from '../schedule/explore-anew.ts';
import { exploreParallel, requireDivided } from '../schedule/parallel/explore-parallel.ts';
import { expectedText, judge, type Verdict } from '../schedule/expectation.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { strategyNamed } from '../schedule/strategies/registry.ts';
import type { Progress, Strategy } from '../execute/strategy.ts';
import { deathText } from '../execute/deaths.ts';
import { Confirmer } from './confirmer.ts';
import * as say from './explore-text.ts';
import { Interrupt, whileLoading } from './interrupt.ts';
import { Exit, StatusLine, plural, type Io } from './io.ts';
import { keptSearch, requireSavable } from './kept-search.ts';
import { Keeper, quoted } from './keeper.ts';
import {
  chosen,
  deathsOf,
  requireStrategies,
  requireUsed,
  strategyOf,
  type ExploreCommandOptions,
} from './options.ts';
import { readSavedSearch, type SavedSearch } from './saved-search.ts';
import { predictOf } from './predictions-text.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';
import { verdictLines } from './verdict-text.ts';

/** One form of a variant, explored. */
interface FormResult {
  readonly form: string;
  readonly strategy: string;
  readonly exploration: Exploration;
  /** Those of the exploration, and deadlocks that `--confirm` reached beside them. */
  readonly findings: readonly FindingRecord[];
  /** Where the search was saved. */
  readonly checkpoint: string | undefined;
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
 * show. `--resume FILE` goes on with one search that was saved.
 */
export async function exploreCommand(
  name: string | undefined,
  options: ExploreCommandOptions,
  io: Io,
  given: ReadonlySet<string>,
): Promise<number> {
  if (options.resume !== undefined) {
    const { resume } = options;
    const saved = await whileLoading(io, () => readSavedSearch(resume, name, options));
    requireStrategies(saved.options, saved.found.scenario);
    requireUsed(given, saved.options, saved.found.scenario);
    return await new ExploreRun(saved.found, saved.options, io, { saved }).run();
  }
  if (name === undefined) {
    throw new UserError('name a scenario (`heddle list`), or a checkpoint with `--resume FILE`');
  }
  const found = await whileLoading(io, () => findScenario(name));
  try {
    return await exploreFound(found, options, io, { command: 'explore', given });
  } finally {
    await found.close?.();
  }
}

/** @param typed - the command, for the record, and the options that it gives */
export async function exploreFound(
  found: FoundScenario,
  options: ExploreCommandOptions,
  io: Io,
  typed: { readonly command: string; readonly given: ReadonlySet<string> },
): Promise<number> {
  const { command, given } = typed;
  requireStrategies(options, found.scenario);
  requireUsed(given, options, found.scenario);
  if (found.close !== undefined && options.threads > 1) {
    throw new UserError(
      '`--threads` is not for files of `heddle check`: their threads are there already',
    );
  }
  if (found.close !== undefined && options.checkpoint !== undefined) {
    throw new UserError('`--checkpoint` is not for files of `heddle check`: run them to the end');
  }
  if (options.predict !== undefined && options.threads > 1) {
    throw new UserError('`--predict` works with `--threads 1`, got more threads');
  }
  return await new ExploreRun(found, options, io, { command }).run();
}

class ExploreRun {
  private readonly command: string;
  readonly found: FoundScenario;
  readonly options: ExploreCommandOptions;
  private readonly io: Io;
  readonly keeper: Keeper;
  private readonly interrupt: Interrupt;
  private readonly confirmer: Confirmer;
  private readonly text: boolean;
  private readonly variants: readonly string[];
  private readonly forms: readonly string[];
  readonly saved: SavedSearch | undefined;
  /** How worker threads ended before their time. */
  private readonly deaths: string[] = [];

  constructor(
    found: FoundScenario,
    options: ExploreCommandOptions,
    io: Io,
    { saved, command = 'explore' }: { readonly saved?: SavedSearch; readonly command?: string },
  ) {
    const { scenario } = found;
    this.saved = saved;
    this.command = command;
    this.found = found;
    this.options = options;
    this.io = io;
    const { variants, forms } = chosen(scenario, options, Object.keys(scenario.forms));
    this.variants = variants;
    this.forms = forms;
    if (options.checkpoint !== undefined) this.requireOneSearch();
    if (options.threads > 1) {
      for (const form of forms) requireDivided(this.plan(form).strategy.name, options);
    }
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
    const suspicions = options.suspicions === true;
    const choice = { variant, form, suspicions, ...deathsOf(options) };
    const status = new StatusLine(this.io);
    const common = {
      seed: options.seed,
      executions,
      seconds: options.seconds,
      signal: this.interrupt.signal,
      explain: options.quiet !== true,
      predict: predictOf(options.predict),
      onFinding: (record: FindingRecord) => {
        status.clear();
        this.keeper.keep(record, variant, form);
        if (this.text && options.quiet !== true) this.keeper.tell(record, variant, form);
      },
      estimate: true,
      onProgress: (counts: Counts, progress: Progress | undefined) => {
        const what = `${variant} ${form} ${strategy.name}`;
        status.draw(
          say.statusText(what, counts, { executions, seconds: options.seconds, progress }),
        );
      },
    } satisfies Omit<ExploreOptions, 'strategy'>;
    const { exploration, checkpoint } = await this.search(choice, strategy, common);
    status.clear();
    const origin = { strategy: strategy.name, seed: options.seed };
    const separate = exploration.separateInversions.flatMap((inversion) => {
      const { subject } = instantiate(found.scenario, choice);
      return this.keeper.separate(inversion, subject, origin, variant, form);
    });
    if (this.text) {
      for (const line of say.formLines(`${variant}, ${form}, ${strategy.name}`, exploration)) {
        this.io.out(line);
      }
      for (const line of separate) this.io.out(line);
    }
    if (this.text && checkpoint !== undefined && !exploration.complete) {
      this.io.out(`  go on: npx heddle explore --resume ${quoted(checkpoint)}`);
    }
    const confirmed = await this.confirmer.confirm(exploration.findings, variant, form);
    const findings = [...exploration.findings, ...confirmed];
    return { form, strategy: strategy.name, exploration, findings, checkpoint };
  }

  /** Explores; also says where the search was saved. */
  private async search(
    choice: ProgramChoice,
    strategy: Strategy,
    common: Omit<ExploreOptions, 'strategy'>,
  ): Promise<{ exploration: Exploration; checkpoint: string | undefined }> {
    const { options, found } = this;
    if (found.close !== undefined) {
      const anew = (): Strategy => this.plan(choice.form).strategy;
      const exploration = await exploreAnew(found.scenario, choice, { ...common, strategy: anew });
      return { exploration, checkpoint: undefined };
    }
    const program = instantiate(found.scenario, choice);
    const kept = keptSearch(program, strategy, this);
    const whole = { ...common, ...kept.options };
    const exploration =
      options.threads === 1
        ? await explore(program, { ...whole, strategy: kept.strategy })
        : await exploreParallel(program, {
            ...whole,
            url: found.url,
            strategy: strategy.name,
            strategyOptions: options,
            threads: options.threads,
          });
    if (exploration.death !== undefined) this.deaths.push(exploration.death);
    const { checkpointer } = kept;
    if (exploration.complete) await checkpointer?.remove();
    return {
      exploration,
      checkpoint: checkpointer?.written === true ? checkpointer.path : undefined,
    };
  }

  /** What is saved in one file is one search. */
  private requireOneSearch(): void {
    if (this.variants.length > 1 || this.forms.length > 1 || this.options.kill !== undefined) {
      throw new UserError(
        '`--checkpoint` is of one search, without --kill: name one `--variant` and one `--form`',
      );
    }
    requireSavable(this.plan(this.forms[0]!).strategy, this.options);
  }

  private plan(form: string): say.Plan {
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
    for (const death of this.deaths) this.io.err(`heddle: ${death}`);
    if (this.deaths.length > 0) return Exit.internal;
    return results.every(({ verdict }) => verdict.asExpected) ? Exit.asExpected : Exit.findings;
  }

  /** Seed and everything derived, before anything runs. */
  private printHead(): void {
    const { seed, seconds, out } = this.options;
    const time = seconds === undefined ? [] : [`at most ${seconds} s each`];
    const parts = [
      `heddle ${this.command} ${this.found.scenario.name}`,
      `seed ${seed}`,
      ...this.forms.map((form) => `${form} by ${say.planText(this.plan(form))}`),
      ...time,
      ...(this.options.kill ?? []).map((death) => `kills ${deathText(death)}`),
      `findings to ${out}`,
    ];
    this.io.out(`${parts.join(' · ')}\n`);
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
      command: this.command,
      scenario: this.found.scenario.name,
      options: { ...this.options },
      status,
      interrupted: this.interrupt.requested,
      variants: results.map(({ variant, forms, verdict }) => ({
        variant,
        asExpected: verdict.asExpected,
        missing: verdict.missing.map(expectedText),
        unexpected: verdict.unexpected.map(({ finding }) => finding.title),
        forms: forms.map(({ form, strategy, exploration, findings, checkpoint }) => ({
          form,
          strategy,
          complete: exploration.complete,
          statement: exploration.statement,
          counts: exploration.counts,
          coverage: exploration.coverage ?? null,
          lockSearchesCut: exploration.lockSearchesCut,
          separateInversions: exploration.separateInversions.map(say.separateJson),
          estimate: exploration.progress ?? null,
          checkpoint: checkpoint ?? null,
          predictions: exploration.predictions ?? null,
          findings: findings.map((record) => this.keeper.json(record, variant, form)),
        })),
      })),
    };
  }
}
