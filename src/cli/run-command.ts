import type { FreeCounts, FreeOutcome } from '../execute/threads/free-run.ts';
import { AgentLostError } from '../execute/threads/agent-lost.ts';
import { instantiate } from '../execute/program.ts';
import { operationTable } from '../program/operation-table.ts';
import type { ObservedWait } from '../execute/threads/watchdog.ts';
import { deathText } from '../execute/deaths.ts';
import { judge, type Verdict } from '../schedule/expectation.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { UserError } from '../program/errors.ts';
import type { PredictionCounts } from '../schedule/predictions.ts';
import { runThreads } from '../schedule/run-threads.ts';
import type { Variant } from '../program/scenario.ts';
import { Interrupt, whileLoading } from './interrupt.ts';
import { count, Exit, plural, StatusLine, type Io } from './io.ts';
import { Keeper } from './keeper.ts';
import { chosen, deathsOf, type CommonOptions } from './options.ts';
import { predictionsText, predictOf } from './predictions-text.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';
import { verdictLines } from './verdict-text.ts';

interface RunResult {
  readonly variant: string;
  readonly form: string;
  readonly outcome: FreeOutcome;
  readonly records: readonly FindingRecord[];
  readonly verdict: Verdict;
  readonly asExpected: boolean;
  /** Undefined: nothing was to be predicted. */
  readonly predictions: PredictionCounts | undefined;
}

/** Seconds for each variant and form, where nothing says how many. */
const secondsDefault = 5;

/**
 * `heddle run SCENARIO`: the agents on free worker threads, iteration after iteration, every one
 * checked.
 */
export async function runCommand(name: string, options: CommonOptions, io: Io): Promise<number> {
  const found = await whileLoading(io, () => findScenario(name));
  if (found.close !== undefined) {
    await found.close();
    throw new UserError(`${name} is a file for \`heddle check\`: it does not run on free threads`);
  }
  return await new ThreadsRun(found, options, io).run();
}

class ThreadsRun {
  private readonly found: FoundScenario;
  private readonly options: CommonOptions;
  private readonly io: Io;
  private readonly keeper: Keeper;
  private readonly interrupt: Interrupt;
  private readonly text: boolean;
  private readonly seconds: number;
  /** An agent's thread was lost, and the schedule up to there is in this file. */
  private lost: AgentLostError | undefined;
  private lostSchedule = '';
  private readonly variants: readonly string[];
  private readonly forms: readonly string[];

  constructor(found: FoundScenario, options: CommonOptions, io: Io) {
    this.found = found;
    this.options = options;
    this.io = io;
    const first = Object.keys(found.scenario.forms)[0]!;
    const { variants, forms } = chosen(found.scenario, options, [first]);
    this.variants = variants;
    this.forms = forms;
    this.keeper = new Keeper(found, options.out, io, options.trace, options.kill);
    this.interrupt = new Interrupt(io);
    this.text = options.json !== true;
    this.seconds = options.seconds ?? secondsDefault;
  }

  async run(): Promise<number> {
    const results: RunResult[] = [];
    try {
      if (this.text) this.printHead();
      for (const variant of this.variants) {
        for (const form of this.forms) {
          if (!this.interrupt.requested) results.push(await this.runForm(variant, form));
        }
      }
    } catch (error) {
      if (!(error instanceof AgentLostError)) throw error;
      this.lost = error;
    } finally {
      this.interrupt.dispose();
    }
    const status = this.status(results);
    if (this.text) this.printEnd(results);
    else this.io.out(JSON.stringify(this.json(results, status), undefined, 2));
    await this.keeper.settled();
    return status;
  }

  private async runForm(variant: string, form: string): Promise<RunResult> {
    const { found, options, keeper } = this;
    const status = new StatusLine(this.io);
    const { outcome, findings, predictions } = await runThreads(
      found.scenario,
      found.url,
      { variant, form, suspicions: options.suspicions === true, ...deathsOf(options) },
      {
        seconds: this.seconds,
        seed: options.seed,
        signal: this.interrupt.signal,
        explain: options.quiet !== true,
        predict: predictOf(options.predict),
        onFinding: (record) => {
          status.clear();
          keeper.keep(record, variant, form);
          if (this.text && options.quiet !== true) keeper.tell(record, variant, form);
        },
        onProgress: (counts) =>
          status.draw(progressText(`${variant} ${form}`, counts, this.seconds)),
      },
    ).catch((error: unknown) => {
      status.clear();
      this.keepLost(error, variant, form);
      throw error;
    });
    status.clear();
    const declared = found.scenario.variants[variant]!;
    const verdict = judge(declared, findings);
    // A deadlock that no finding says is no success.
    const asExpected =
      verdict.unexpected.length === 0 && showsSomething(declared, verdict) && !outcome.untold;
    const counts = predictions.executions === 0 ? undefined : predictions;
    const common = { variant, form, outcome, records: findings, verdict, asExpected };
    const result = { ...common, predictions: counts };
    if (this.text) this.print(result);
    return result;
  }

  /** Keeps what was done until an agent was lost, which no replay may repeat. */
  private keepLost(error: unknown, variant: string, form: string): void {
    if (!(error instanceof AgentLostError) || error.steps === undefined) return;
    const choice = { variant, form, ...deathsOf(this.options) };
    const { subject } = instantiate(this.found.scenario, choice);
    this.lostSchedule = this.keeper.keepLost(error.steps, subject, variant, form);
  }

  private printHead(): void {
    const parts = [
      `heddle run ${this.found.scenario.name} on free threads`,
      `seed ${this.options.seed}`,
      `${this.forms.join(', ')}`,
      `${this.seconds} s for each variant${this.forms.length > 1 ? ' and form' : ''}`,
      ...(this.options.kill ?? []).map((death) => `kills ${deathText(death)}`),
      `findings to ${this.options.out}`,
    ];
    this.io.out(`${parts.join(' · ')}\n`);
  }

  private print(result: RunResult): void {
    const { variant, form, outcome, records, verdict, asExpected } = result;
    const { counts, cutOff, deadlocked, interrupted } = outcome;
    const within = cutOff
      ? 'the last iteration did not end in time and was cut off'
      : 'no deadlock';
    const end = deadlocked
      ? 'the watchdog ended the threads at a deadlock'
      : interrupted
        ? 'interrupted'
        : within;
    const unlogged =
      counts.unlogged === 0 ? '' : ` (${count(counts.unlogged)} of them too long to check)`;
    this.io.out(
      `${variant}, ${form}, threads: ${plural(counts.iterations, 'iteration')}${unlogged}, ` +
        `${plural(counts.steps, 'step')} in ${(counts.elapsedMs / 1000).toFixed(1)} s; ${end}; ` +
        plural(records.length, 'finding'),
    );
    if (result.predictions !== undefined) this.io.out(predictionsText(result.predictions));
    for (const wait of outcome.waits) this.io.out(`  ${this.waitText(wait, result)}`);
    const whole = interrupted && !deadlocked ? 'interrupted' : asExpected;
    this.io.out(`${verdictLines(variant, whole, verdict, this.io).join('\n')}\n`);
  }

  /** "one has waited for lock (acquire), which two holds, for 31 ms". */
  private waitText(wait: ObservedWait, { variant, form }: RunResult): string {
    const { subject } = instantiate(this.found.scenario, { variant, form });
    const { agent, kind, object, blockers, waitedMs } = wait;
    const others = subject.agentNames.filter((_, other) => (blockers & (1 << other)) !== 0);
    const whom = others.length === 0 ? '' : `, for which ${others.join(' and ')} must go on`;
    const what = `${subject.name(object)} (${operationTable[kind]!.name})${whom}`;
    return `${subject.agentNames[agent]} waits for ${what}, since ${Math.round(waitedMs)} ms`;
  }

  private printEnd(results: readonly RunResult[]): void {
    if (this.lost !== undefined) {
      this.io.out(`the threads were ended: ${this.lost.message}`);
      if (this.lostSchedule !== '') this.io.out(`what all had done by then: ${this.lostSchedule}`);
      return;
    }
    if (this.interrupt.requested) {
      this.io.out(`interrupted; what was found is kept in ${this.keeper.folder}`);
      return;
    }
    const good = results.filter(({ asExpected }) => asExpected).length;
    this.io.out(`${good} of ${plural(results.length, 'run')} as expected`);
  }

  private status(results: readonly RunResult[]): number {
    if (this.interrupt.requested) return Exit.interrupted;
    if (this.lost !== undefined) return Exit.findings;
    return results.every(({ asExpected }) => asExpected) ? Exit.asExpected : Exit.findings;
  }

  private json(results: readonly RunResult[], status: number): Record<string, unknown> {
    return {
      command: 'run',
      scenario: this.found.scenario.name,
      options: { ...this.options },
      status,
      interrupted: this.interrupt.requested,
      ...(this.lost === undefined
        ? {}
        : { lost: this.lost.message, lostSchedule: this.lostSchedule }),
      runs: results.map(
        ({ variant, form, outcome, records, verdict, asExpected, predictions }) => ({
          variant,
          form,
          asExpected,
          unexpected: verdict.unexpected.map(({ finding }) => finding.title),
          deadlocked: outcome.deadlocked,
          cutOff: outcome.cutOff,
          counts: outcome.counts,
          predictions: predictions ?? null,
          findings: records.map((record) => this.keeper.json(record, variant, form)),
        }),
      ),
    };
  }
}

/**
 * Threads show what happens to happen: of what a variant must show, something has to come. An
 * inversion that a guard makes harmless does not count.
 */
function showsSomething(declared: Variant, { missing }: Verdict): boolean {
  const shows = declared.shows ?? [];
  return shows.every(({ level }) => level === 'guarded') || missing.length < shows.length;
}

function progressText(what: string, counts: FreeCounts, seconds: number): string {
  const share = Math.min(100, Math.floor(counts.elapsedMs / seconds / 10));
  return (
    `${what} on threads: ${plural(counts.iterations, 'iteration')}, ` +
    `${plural(counts.steps, 'step')}, ${share} %`
  );
}
