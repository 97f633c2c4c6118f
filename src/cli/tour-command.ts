import { instantiate } from '../execute/program.ts';
import { explore, type Exploration } from '../schedule/explore.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { runThreads, type ThreadsOptions, type ThreadsResult } from '../schedule/run-threads.ts';
import type { Party } from '../check/finding.ts';
import { strategyNamed, unbounded } from '../schedule/strategies/registry.ts';
import { findingText } from '../report/finding-text.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, plural, type Io } from './io.ts';
import { Keeper } from './keeper.ts';
import { findScenario, type FoundScenario } from './scenarios.ts';

/** Seconds that each variant runs on free threads. */
const threadSeconds = 4;
const seed = 1;

/**
 * `heddle tour`, what `npm start` runs: the document's lock inversion, found, replayed on threads,
 * and proved fixed.
 */
export async function tourCommand(options: { readonly out: string }, io: Io): Promise<number> {
  return await new Tour(await findScenario('add-vs-online'), options.out, io).run();
}

class Tour {
  private readonly found: FoundScenario;
  private readonly keeper: Keeper;
  private readonly io: Io;
  private readonly interrupt: Interrupt;
  private asExpected = true;

  constructor(found: FoundScenario, out: string, io: Io) {
    this.found = found;
    this.keeper = new Keeper(found, out, io);
    this.io = io;
    this.interrupt = new Interrupt(io);
  }

  async run(): Promise<number> {
    try {
      this.io.out(
        `heddle tour · scenario add-vs-online · seed ${seed} · pct depth 3 · dfs unbounded · ` +
          `threads ${threadSeconds} s each · findings to ${this.keeper.folder}`,
      );
      const deadlock = await this.find();
      if (deadlock !== undefined && this.goesOn) await this.hang(deadlock);
      if (this.goesOn) await this.prove();
      if (this.goesOn) this.title(4, 'Both on free threads, where nobody directs');
      for (const variant of ['v3.19', 'v4.20']) {
        if (this.goesOn) await this.free(variant);
      }
    } finally {
      this.interrupt.dispose();
    }
    const folder = `${this.keeper.folder}/add-vs-online/`;
    if (!this.goesOn) this.io.out(`\ninterrupted; what was found is kept in ${folder}`);
    else {
      this.title(5, 'Where the files lie');
      this.io.out(`Schedules (*.schedule.json) and reports (*.txt) of all findings: ${folder}`);
      const next = ['list', 'explore add-vs-online', 'run add-vs-online'];
      this.io.out(`Next: ${next.map((command) => `npx heddle ${command}`).join(', ')}`);
    }
    await this.keeper.settled();
    if (!this.goesOn) return Exit.interrupted;
    return this.asExpected ? Exit.asExpected : Exit.findings;
  }

  private get goesOn(): boolean {
    return !this.interrupt.requested;
  }

  private title(number: number, text: string): void {
    this.io.out(`\n${this.io.style.bold(`${number}. ${text}`)}\n`);
  }

  private async find(): Promise<FindingRecord | undefined> {
    this.title(1, 'Linux v3.19: memory is added while udev brings it online, explored by pct');
    const exploration = await this.explore('v3.19', 'small', 'pct', 200);
    const deadlock = exploration.findings.find(({ finding }) => finding.kind === 'deadlock');
    if (deadlock === undefined) {
      if (this.goesOn) this.disappoint('No deadlock was found');
      return undefined;
    }
    const replay = this.keeper.replayCommand(deadlock, 'v3.19', 'small');
    this.io.out(findingText(deadlock, { style: this.io.style, replay }));
    const { execution } = deadlock.origin;
    this.io.out(`\nFound in execution ${execution}, and made as short as it gets.`);
    return deadlock;
  }

  private async hang(deadlock: FindingRecord): Promise<void> {
    this.title(2, 'The same schedule on real worker threads, led up to its end and then let go');
    const { outcome, findings } = await this.onThreads('v3.19', 'small', {
      seconds: 10,
      prefix: deadlock.steps,
      minimise: false,
    });
    const hung = findings.find(({ finding }) => finding.kind === 'deadlock');
    if (!outcome.deadlocked || hung === undefined) {
      if (this.goesOn) this.disappoint('The threads did not hang');
      return;
    }
    this.io.out('The watchdog, which reads who waits for whom from shared memory, reports:\n');
    const { subject, finding } = hung;
    this.io.out(`  ${this.io.style.red(finding.title)}`);
    for (const party of finding.parties) {
      const held = party.held.map((lock) => subject.name(lock.object)).join(', ');
      this.io.out(`    ${waitText(hung, party)}, holding ${held}`);
    }
    for (const party of finding.alsoStuck ?? []) {
      this.io.out(`    ${waitText(hung, party)}, behind them`);
    }
    const same = hung.fingerprint === deadlock.fingerprint;
    const which = same ? 'The same finding' : 'ANOTHER finding';
    this.io.out(`\n${which} (${hung.fingerprint}); the threads were ended.`);
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
    const { outcome, findings } = await this.onThreads(variant, 'full', {
      seconds: threadSeconds,
      onFinding: (record) => this.keeper.keep(record, variant, 'full'),
    });
    const { counts, deadlocked } = outcome;
    const bad = findings.filter(({ finding }) => finding.level !== 'guarded');
    const end = deadlocked ? this.io.style.red('deadlocked') : this.io.style.green('no deadlock');
    const time = (counts.elapsedMs / 1000).toFixed(1);
    const iterations = plural(counts.iterations, 'iteration');
    this.io.out(`${variant}: ${iterations} in ${time} s, ${end}, ${plural(bad.length, 'finding')}`);
    for (const record of bad) {
      this.io.out(`  ${record.finding.title}`);
      const replay = this.keeper.replayCommand(record, variant, 'full');
      this.io.out(`  captured as a schedule: ${replay}`);
    }
    if (variant === 'v4.20' && bad.length > 0) this.asExpected = false;
  }

  private async onThreads(
    variant: string,
    form: string,
    options: Omit<ThreadsOptions, 'seed' | 'signal'>,
  ): Promise<ThreadsResult> {
    const { scenario, url } = this.found;
    const { signal } = this.interrupt;
    return await runThreads(scenario, url, { variant, form }, { ...options, seed, signal });
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
      onFinding: (record) => this.keeper.keep(record, variant, form),
    });
  }

  private disappoint(what: string): void {
    this.asExpected = false;
    this.io.out(`${what}: NOT as expected.`);
  }
}

function waitText({ subject }: FindingRecord, party: Party): string {
  return `thread ${subject.agentNames[party.agent]} waits for ${subject.name(party.object)}`;
}
