import { instantiate } from '../execute/program.ts';
import { runFree } from '../execute/threads/free-run.ts';
import { UserError } from '../program/errors.ts';
import { explore, type Exploration } from '../schedule/explore.ts';
import { FindingCollector } from '../schedule/finding-collector.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { strategyNamed, unbounded } from '../schedule/strategies/registry.ts';
import { findingText } from '../report/finding-text.ts';
import { FindingsStore } from '../report/findings-store.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, plural, type Io } from './io.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';

/** Seconds that each variant runs on free threads. */
const threadSeconds = 4;
const seed = 1;

/**
 * `heddle tour`, what `npm start` runs: the document's lock inversion, found, replayed on threads,
 * and proved fixed.
 */
export async function tourCommand(options: { readonly out: string }, io: Io): Promise<number> {
  const tour = new Tour(await findScenario('add-vs-online'), new FindingsStore(options.out), io);
  return await tour.run();
}

class Tour {
  private readonly found: FoundScenario;
  private readonly store: FindingsStore;
  private readonly io: Io;
  private readonly interrupt = new Interrupt();
  private asExpected = true;

  constructor(found: FoundScenario, store: FindingsStore, io: Io) {
    this.found = found;
    this.store = store;
    this.io = io;
  }

  async run(): Promise<number> {
    try {
      this.io.out(
        `heddle tour · scenario add-vs-online · seed ${seed} · pct depth 3 · dfs unbounded`,
      );
      const deadlock = await this.find();
      if (!this.interrupt.requested) await this.hang(deadlock);
      if (!this.interrupt.requested) await this.prove();
      for (const variant of ['v3.19', 'v4.20']) {
        if (!this.interrupt.requested) await this.free(variant);
      }
    } finally {
      this.interrupt.dispose();
      await this.store.settled();
    }
    const folder = `${this.store.folder}/add-vs-online/`;
    this.title(5, 'Where the files lie');
    this.io.out(`Schedules (*.schedule.json) and reports (*.txt) of all findings: ${folder}`);
    this.io.out(
      'Next: npx heddle list, npx heddle explore add-vs-online, npx heddle run add-vs-online',
    );
    if (this.interrupt.requested) return Exit.interrupted;
    return this.asExpected ? Exit.asExpected : Exit.findings;
  }

  private title(number: number, text: string): void {
    this.io.out(`\n${this.io.style.bold(`${number}. ${text}`)}\n`);
  }

  private async find(): Promise<FindingRecord> {
    this.title(1, 'Linux v3.19: memory is added while udev brings it online, explored by pct');
    const exploration = await this.explore('v3.19', 'small', 'pct', 200);
    const deadlock = exploration.findings.find(({ finding }) => finding.kind === 'deadlock');
    if (deadlock === undefined)
      throw new UserError('[internal] the tour did not find its deadlock');
    this.io.out(
      findingText(deadlock, {
        style: this.io.style,
        replay: this.replay(deadlock, 'v3.19', 'small'),
      }),
    );
    const { execution } = deadlock.origin;
    this.io.out(`\nFound in execution number ${execution + 1}, and made as short as it gets.`);
    return deadlock;
  }

  private async hang(deadlock: FindingRecord): Promise<void> {
    this.title(2, 'The same schedule on real worker threads, led up to its end and then let go');
    const choice = { variant: 'v3.19', form: 'small' };
    const collector = new FindingCollector(instantiate(this.found.scenario, choice), {
      minimise: false,
    });
    const outcome = await runFree(instantiate(this.found.scenario, choice), {
      scenario: this.found.url,
      seconds: 10,
      seed,
      prefix: deadlock.steps,
      signal: this.interrupt.signal,
      onFindings: (findings, steps, execution) =>
        collector.take(findings, () => steps, { strategy: 'threads', seed, execution }),
    });
    const hung = collector.records.find(({ finding }) => finding.kind === 'deadlock');
    if (!outcome.deadlocked || hung === undefined) {
      this.asExpected = false;
      this.io.out('The threads did not hang: NOT as expected.');
      return;
    }
    this.io.out('The watchdog, which reads who waits for whom from shared memory, reports:\n');
    const { subject, finding } = hung;
    this.io.out(`  ${this.io.style.red(finding.title)}`);
    for (const party of finding.parties) {
      const held = party.held.map((lock) => subject.name(lock.object)).join(', ');
      this.io.out(
        `    thread ${subject.agentNames[party.agent]} waits for ${subject.name(party.object)}, holding ${held}`,
      );
    }
    for (const party of finding.alsoStuck ?? []) {
      this.io.out(
        `    thread ${subject.agentNames[party.agent]} waits for ${subject.name(party.object)} behind them`,
      );
    }
    const same = hung.fingerprint === deadlock.fingerprint;
    this.io.out(
      `\n${same ? 'The same finding' : 'ANOTHER finding'} (${hung.fingerprint}); the threads were ended.`,
    );
    if (!same) this.asExpected = false;
  }

  private async prove(): Promise<void> {
    this.title(3, 'Linux v4.20, with the series that the document describes, explored completely');
    const exploration = await this.explore('v4.20', 'small', 'dfs', undefined);
    for (const { finding } of exploration.findings)
      this.io.out(this.io.style.yellow(finding.title));
    const clean = exploration.findings.every(({ finding }) => finding.level === 'guarded');
    this.io.out(`${exploration.statement}.`);
    this.io.out(
      clean ? 'No deadlock, no race, no broken rule.' : 'NOT clean, against expectation.',
    );
    if (!clean || !exploration.complete) this.asExpected = false;
  }

  private async free(variant: string): Promise<void> {
    if (variant === 'v3.19') this.title(4, 'Both on free threads, where nobody directs');
    const choice = { variant, form: 'full' };
    const collector = new FindingCollector(instantiate(this.found.scenario, choice), {
      onFinding: (record) => this.keep(record, variant, 'full'),
    });
    const { counts, deadlocked } = await runFree(instantiate(this.found.scenario, choice), {
      scenario: this.found.url,
      seconds: threadSeconds,
      seed,
      signal: this.interrupt.signal,
      onFindings: (findings, steps, execution) =>
        collector.take(findings, () => steps, { strategy: 'threads', seed, execution }),
    });
    const bad = collector.records.filter(({ finding }) => finding.level !== 'guarded');
    const end = deadlocked ? this.io.style.red('deadlocked') : this.io.style.green('no deadlock');
    const time = (counts.elapsedMs / 1000).toFixed(1);
    this.io.out(
      `${variant}: ${plural(counts.iterations, 'iteration')} in ${time} s, ${end}, ${plural(bad.length, 'finding')}`,
    );
    for (const record of bad) {
      this.io.out(`  ${record.finding.title}`);
      this.io.out(`  captured as a schedule: ${this.replay(record, variant, 'full')}`);
    }
    if (variant === 'v4.20' && bad.length > 0) this.asExpected = false;
  }

  private async explore(
    variant: string,
    form: string,
    name: string,
    executions: number | undefined,
  ): Promise<Exploration> {
    return await explore(instantiate(this.found.scenario, { variant, form }), {
      strategy: strategyNamed(name, { seed, depth: 3, preemptions: unbounded }),
      seed,
      executions,
      signal: this.interrupt.signal,
      onFinding: (record) => this.keep(record, variant, form),
    });
  }

  private keep(record: FindingRecord, variant: string, form: string): void {
    this.store.add(record, this.program(variant, form), this.replay(record, variant, form));
  }

  private program(
    variant: string,
    form: string,
  ): { scenario: string; variant: string; form: string } {
    return { scenario: this.found.scenario.name, variant, form };
  }

  private replay(record: FindingRecord, variant: string, form: string): string {
    return `npx heddle replay ${this.store.pathOf(record, this.program(variant, form))}`;
  }
}
