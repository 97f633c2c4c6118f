import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { monotonicMs } from '../../execute/clock.ts';
import { entryUrl } from '../../execute/entry-url.ts';
import type { Program } from '../../execute/program.ts';
import { StopWord } from '../../execute/threads/stop-word.ts';
import { UserError } from '../../program/errors.ts';
import { noCounts, type Counts, type Exploration, type ExploreOptions } from '../explore.ts';
import { coverageOf } from '../coverage.ts';
import { FindingCollector } from '../finding-collector.ts';
import { statementOf } from '../statement.ts';
import {
  dividerOf,
  strategyNamed,
  undividedText,
  type StrategyOptions,
} from '../strategies/registry.ts';
import { DividedExplorer } from './explore-divided.ts';
import type { ExploreJob, ExploreNews, ExploreShare } from './explore-job.ts';

/** How to explore on several threads. */
export interface ParallelOptions extends Omit<ExploreOptions, 'strategy'> {
  /** URL of the scenario's module, which every thread loads. */
  readonly url: string;
  /** A strategy's name; each thread has its own. */
  readonly strategy: string;
  readonly strategyOptions: StrategyOptions;
  /** From 2 on. */
  readonly threads: number;
}

/**
 * Explores a program on several worker threads.
 *
 * A search that can be divided runs exactly what it runs on one thread (`explore-divided.ts`). Of a
 * random strategy the executions that one thread would run are dealt
 * out in turns, so that a strategy which learns nothing (`random`, `pos`) runs the same executions,
 * and finds the same, whatever the number of threads. One that learns does so on each thread for
 * itself.
 *
 * Findings are told as they come and made short here, on the calling thread. When the signal comes
 * the threads end their present execution and what they have is kept.
 *
 * @throws UserError as {@link requireDivided} does, or for what `explore` throws
 */
export async function exploreParallel(
  program: Program,
  options: ParallelOptions,
): Promise<Exploration> {
  const { strategy, strategyOptions } = options;
  const divider = dividerOf(strategy, strategyOptions);
  if (divider !== undefined && divider.onThreads !== false) {
    return await new DividedExplorer(program, options, divider).run();
  }
  requireDivided(strategy, strategyOptions);
  return await new ParallelExplorer(program, options).run();
}

/** @throws UserError if the strategy is complete, and threads cannot share what it runs */
export function requireDivided(name: string, options: StrategyOptions): void {
  const divider = dividerOf(name, options);
  if (divider !== undefined && divider.onThreads !== false) return;
  if (strategyNamed(name, options).exhausted === undefined) return;
  throw new UserError(`${undividedText(name)}: \`--threads\` is for others`);
}

class ParallelExplorer {
  private readonly program: Program;
  private readonly options: ParallelOptions;
  private readonly collector: FindingCollector;
  private readonly begunMs = monotonicMs();
  private readonly stop = new StopWord();
  /** How far each thread has come. */
  private readonly progress: Counts[] = [];
  /** A fault in what a thread told; thrown when all have ended. */
  private fault: unknown;
  /** A thread that ended before its time. */
  private death = '';

  constructor(program: Program, options: ParallelOptions) {
    this.program = program;
    this.options = options;
    this.collector = new FindingCollector(program, options);
  }

  async run(): Promise<Exploration> {
    const { signal, threads, strategy, strategyOptions } = this.options;
    const end = (): void => this.stop.set();
    if (signal?.aborted === true) end();
    signal?.addEventListener('abort', end);
    const pool = new Piscina<ExploreJob, ExploreShare>({
      filename: entryUrl('explore').href,
      minThreads: threads,
      maxThreads: threads,
      argv: [],
      execArgv: [],
    });
    let shares: ExploreShare[];
    try {
      shares = await Promise.all(
        Array.from({ length: threads }, (_, first) => this.runShare(pool, first)),
      );
    } finally {
      signal?.removeEventListener('abort', end);
      await pool.destroy();
    }
    if (this.fault !== undefined) throw this.fault;
    const mistake = shares.find((share) => share.mistake !== '');
    if (mistake !== undefined) throw new UserError(mistake.mistake);
    for (const { again } of shares) {
      for (const [key, times] of again) this.collector.again(key, times);
    }
    const counts = this.sum(shares.map((share) => share.counts));
    const died = this.death === '' ? '' : `; ${this.death}, and what it had not told is lost`;
    const coverage = coverageOf(shares.map((share) => share.coverage));
    counts.traces = coverage?.traces ?? 0;
    const told = statementOf(strategyNamed(strategy, strategyOptions), false, counts, { coverage });
    return {
      counts,
      findings: this.collector.records,
      complete: told.complete,
      statement: `${told.statement}, on ${threads} threads${died}`,
      interrupted: signal?.aborted === true,
      coverage,
      lockSearchesCut: coverage?.lockSearchesCut ?? 0,
      separateInversions: [],
      ...(this.death === '' ? {} : { death: this.death }),
    };
  }

  private async runShare(
    pool: Piscina<ExploreJob, ExploreShare>,
    first: number,
  ): Promise<ExploreShare> {
    const { options, program } = this;
    const { port1, port2 } = new MessageChannel();
    // What was told last may be on its way still when the task is done. (A thread that waits for
    // its next task handles no `close` of its port.)
    const ended = new Promise<void>((resolve) => {
      port1.on('message', (news: ExploreNews) => {
        if (news.kind === 'end') resolve();
        else this.hear(news);
      });
    });
    const job: ExploreJob = {
      kind: 'turns',
      url: options.url,
      ...program.choice,
      strategy: options.strategy,
      options: options.strategyOptions,
      first,
      stride: options.threads,
      executions: options.executions,
      seconds: options.seconds,
      stop: this.stop.buffer,
      port: port2,
    };
    try {
      const share = await pool.run(job, { transferList: [port2] });
      await ended;
      // The others would come to the same mistake, later.
      if (share.mistake !== '') this.stop.set();
      return share;
    } catch (error) {
      this.death ||= `thread ${first + 1} ended: ${(error as Error).message}`;
      this.stop.set();
      const counts = this.progress[first] ?? noCounts();
      return { counts, again: new Map(), coverage: undefined, mistake: '' };
    } finally {
      port1.close();
    }
  }

  private hear(news: Exclude<ExploreNews, { kind: 'end' }>): void {
    if (news.kind === 'progress') {
      this.progress[news.first] = news.counts;
      const counts = this.sum(this.progress.filter((one) => one !== undefined));
      this.options.onProgress?.(counts, undefined);
      return;
    }
    const { key, steps, strategy, execution } = news;
    try {
      this.collector.takeKey(key, () => steps, { strategy, seed: this.options.seed, execution });
    } catch (error) {
      this.fault ??= error;
      this.stop.set();
    }
  }

  private sum(all: readonly Counts[]): Counts {
    const sum = noCounts();
    for (const counts of all) {
      for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
    }
    sum.elapsedMs = monotonicMs() - this.begunMs;
    sum.findings = this.collector.records.length;
    return sum;
  }
}
