import { instantiate } from '../execute/program.ts';
import { runFree, type FreeCounts, type FreeOutcome } from '../execute/threads/free-run.ts';
import { FindingCollector } from '../schedule/finding-collector.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { expectedText, judge, type Verdict } from '../schedule/expectation.ts';
import { findingJson } from '../report/finding-json.ts';
import { findingText } from '../report/finding-text.ts';
import { FindingsStore } from '../report/findings-store.ts';
import { Interrupt } from './interrupt.ts';
import { count, Exit, plural, StatusLine, type Io } from './io.ts';
import { chosen, type CommonOptions } from './options.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';

interface RunResult {
  readonly variant: string;
  readonly form: string;
  readonly outcome: FreeOutcome;
  readonly records: readonly FindingRecord[];
  readonly verdict: Verdict;
  readonly asExpected: boolean;
}

/** Seconds for each variant and form, where nothing says how many. */
const secondsDefault = 5;

/**
 * `heddle run SCENARIO`: the agents on free worker threads, iteration after iteration, every one
 * checked.
 */
export async function runCommand(name: string, options: CommonOptions, io: Io): Promise<number> {
  return await new ThreadsRun(await findScenario(name), options, io).run();
}

class ThreadsRun {
  private readonly found: FoundScenario;
  private readonly options: CommonOptions;
  private readonly io: Io;
  private readonly store: FindingsStore;
  private readonly interrupt = new Interrupt();
  private readonly text: boolean;

  constructor(found: FoundScenario, options: CommonOptions, io: Io) {
    this.found = found;
    this.options = options;
    this.io = io;
    this.store = new FindingsStore(options.out);
    this.text = options.json !== true;
  }

  async run(): Promise<number> {
    const { found, options, io } = this;
    const first = Object.keys(found.scenario.forms)[0]!;
    const { variants, forms } = chosen(found.scenario, options, [first]);
    if (this.text) {
      const time = options.seconds ?? secondsDefault;
      const what = `seed ${options.seed} · ${time} seconds each · form ${forms.join(', ')} · findings to ${options.out}`;
      io.out(`heddle run ${found.scenario.name} on free threads · ${what}\n`);
    }
    const results: RunResult[] = [];
    try {
      for (const variant of variants) {
        for (const form of forms) {
          if (!this.interrupt.requested) results.push(await this.runForm(variant, form));
        }
      }
    } finally {
      this.interrupt.dispose();
      await this.store.settled();
    }
    const status = this.status(results);
    if (!this.text) io.out(JSON.stringify(this.json(results, status), undefined, 2));
    else if (this.interrupt.requested) io.out('interrupted; what was found is kept');
    return status;
  }

  private async runForm(variant: string, form: string): Promise<RunResult> {
    const { found, options } = this;
    const choice = { variant, form };
    const status = new StatusLine(this.io);
    const collector = new FindingCollector(instantiate(found.scenario, choice), {
      onFinding: (record) => {
        status.clear();
        this.keep(record, variant, form);
      },
    });
    const outcome = await runFree(instantiate(found.scenario, choice), {
      scenario: found.url,
      seconds: options.seconds ?? secondsDefault,
      seed: options.seed,
      signal: this.interrupt.signal,
      onFindings: (findings, steps, iteration) =>
        collector.take(findings, () => steps, {
          strategy: 'threads',
          seed: options.seed,
          execution: iteration,
        }),
      onProgress: (counts) => status.draw(progressText(variant, counts)),
    });
    status.clear();
    const { records } = collector;
    const declared = found.scenario.variants[variant]!;
    const verdict = judge(declared, records);
    // Threads show what happens to happen: of what a variant must show, something has to come, and
    // nothing else.
    const shown = (declared.shows ?? []).filter((one) => one.level !== 'guarded');
    const something = shown.length === 0 || verdict.missing.length < (declared.shows ?? []).length;
    const result = {
      variant,
      form,
      outcome,
      records,
      verdict,
      asExpected: verdict.unexpected.length === 0 && something,
    };
    if (this.text) this.print(result);
    return result;
  }

  private keep(record: FindingRecord, variant: string, form: string): void {
    const program = { scenario: this.found.scenario.name, variant, form };
    const replay = `npx heddle replay ${this.store.pathOf(record, program)}`;
    this.store.add(record, program, replay);
    if (!this.text || this.options.quiet === true) return;
    const text =
      record.finding.level === 'guarded'
        ? `  ${this.io.style.yellow(record.finding.title)}`
        : findingText(record, { style: this.io.style, replay });
    this.io.out(`${text}\n`);
  }

  private print(result: RunResult): void {
    const { variant, form, outcome, records, verdict, asExpected } = result;
    const { counts, deadlocked } = outcome;
    const end = deadlocked ? 'ended by the watchdog at a deadlock' : 'ended by itself';
    const unlogged =
      counts.unlogged === 0 ? '' : `, ${count(counts.unlogged)} of them too long to check`;
    const { style } = this.io;
    this.io.out(
      `${variant}, ${form}, threads: ${plural(counts.iterations, 'iteration')}${unlogged}, ` +
        `${plural(counts.steps, 'step')} in ${(counts.elapsedMs / 1000).toFixed(1)} s; ${end}; ` +
        plural(records.length, 'finding'),
    );
    const lines = [
      asExpected
        ? style.green(`${variant}: as expected`)
        : style.red(`${variant}: NOT as expected`),
      ...(asExpected ? [] : verdict.missing.map((one) => `  not met: ${expectedText(one)}`)),
      ...verdict.unexpected.map(({ finding }) => `  unexpected: ${finding.title}`),
    ];
    this.io.out(`${lines.join('\n')}\n`);
  }

  private status(results: readonly RunResult[]): number {
    if (this.interrupt.requested) return Exit.interrupted;
    return results.every((result) => result.asExpected) ? Exit.asExpected : Exit.findings;
  }

  private json(results: readonly RunResult[], status: number): Record<string, unknown> {
    const { scenario } = this.found;
    return {
      command: 'run',
      scenario: scenario.name,
      options: { ...this.options },
      status,
      interrupted: this.interrupt.requested,
      runs: results.map(({ variant, form, outcome, records, verdict, asExpected }) => ({
        variant,
        form,
        asExpected,
        unexpected: verdict.unexpected.map(({ finding }) => finding.title),
        deadlocked: outcome.deadlocked,
        counts: outcome.counts,
        findings: records.map((record) => ({
          ...findingJson(record),
          schedule: this.store.pathOf(record, { scenario: scenario.name, variant, form }),
        })),
      })),
    };
  }
}

function progressText(variant: string, counts: FreeCounts): string {
  return `${variant} on threads: ${plural(counts.iterations, 'iteration')}, ${plural(counts.steps, 'step')}`;
}
