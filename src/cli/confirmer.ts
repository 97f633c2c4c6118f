import { instantiate } from '../execute/program.ts';
import { confirmationText } from '../report/confirmation-text.ts';
import { confirm, confirmable } from '../schedule/confirm.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { StatusLine, type Io } from './io.ts';
import type { Keeper } from './keeper.ts';
import { deathsOf, type ExploreCommandOptions } from './options.ts';
import type { FoundScenario } from './scenarios.ts';

/** What `--confirm` does with lock orders and predictions that an exploration reported. */
export class Confirmer {
  private readonly found: FoundScenario;
  private readonly options: ExploreCommandOptions;
  private readonly keeper: Keeper;
  private readonly signal: AbortSignal;
  private readonly io: Io;

  constructor(
    found: FoundScenario,
    options: ExploreCommandOptions,
    keeper: Keeper,
    signal: AbortSignal,
    io: Io,
  ) {
    this.found = found;
    this.options = options;
    this.keeper = keeper;
    this.signal = signal;
    this.io = io;
  }

  /**
   * Searches for the deadlock or the race of each, and says what became of it.
   *
   * @param records - all findings of the form; those that are told so get their `confirmation`
   * @returns deadlocks and races that were reached and are not among the findings
   */
  async confirm(
    records: readonly FindingRecord[],
    variant: string,
    form: string,
  ): Promise<readonly FindingRecord[]> {
    const { options } = this;
    const reached: FindingRecord[] = [];
    if (options.confirm !== true && options.confirmGuarded !== true) return reached;
    if (!records.some((record) => this.isAsked(record))) {
      if (options.json !== true) {
        this.io.out(`${variant}, ${form}: nothing to confirm: nothing reported is only possible`);
      }
      return reached;
    }
    const known = new Set(records.map(({ fingerprint }) => fingerprint));
    for (const record of records) {
      if (this.signal.aborted) break;
      if (!this.isAsked(record)) continue;
      await this.confirmOne(record, variant, form);
      const deadlock = record.confirmation?.deadlock;
      if (deadlock === undefined || known.has(deadlock.fingerprint)) continue;
      known.add(deadlock.fingerprint);
      reached.push(deadlock);
      this.keeper.keep(deadlock, variant, form);
      const told = options.json !== true && options.quiet !== true;
      if (told) this.keeper.tell(deadlock, variant, form);
    }
    return reached;
  }

  /** Whether it warns of something that is to be searched for. */
  private isAsked(record: FindingRecord): boolean {
    if (!confirmable(record)) return false;
    return record.finding.level !== 'guarded' || this.options.confirmGuarded === true;
  }

  private async confirmOne(record: FindingRecord, variant: string, form: string): Promise<void> {
    const { options } = this;
    const status = new StatusLine(this.io);
    status.draw(`${variant} ${form}: confirming ${record.finding.title}`);
    const program = instantiate(this.found.scenario, { variant, form, ...deathsOf(options) });
    const explain = options.quiet !== true;
    const budget = { executions: options.budget, signal: this.signal, explain };
    record.confirmation = await confirm(program, record, budget);
    status.clear();
    // The report that was written when the finding was met does not have it yet.
    this.keeper.keep(record, variant, form);
    if (options.json === true) return;
    const { finding, confirmation } = record;
    const text = confirmationText(confirmation, record);
    this.io.out(`${variant}, ${form}: ${finding.title}: ${text}`);
  }
}
