import { Piscina } from 'piscina';
import { monotonicMs } from '../../execute/clock.ts';
import { entryUrl } from '../../execute/entry-url.ts';
import type { Program } from '../../execute/program.ts';
import type { Strategy } from '../../execute/strategy.ts';
import { SearchWords } from '../../execute/threads/search-words.ts';
import { UserError } from '../../program/errors.ts';
import { coverageOf } from '../coverage.ts';
import { noCounts, requireStates, type Counts, type Exploration } from '../explore.ts';
import { FindingCollector } from '../finding-collector.ts';
import { probeSearch } from '../probe-search.ts';
import { savedFindings } from '../search-state.ts';
import { statementOf } from '../statement.ts';
import type { Divider, Division, Plain } from '../strategies/division.ts';
import { strategyNamed } from '../strategies/registry.ts';
import { DividedThread } from './divided-thread.ts';
import type { ParallelOptions } from './explore-parallel.ts';
import type { PieceJob, PieceNews } from './piece-job.ts';

/** Executions that threads are allowed at a time: a word of shared memory has no more bits. */
const ticketsMax = 2 ** 30;

/**
 * Explores a program by a search that is divided into pieces (`strategies/division.ts`): worker
 * threads run them, and give some of theirs away when another has nothing to do. Here, on the
 * calling thread, is the division, and here findings are made short.
 */
export class DividedExplorer {
  private readonly program: Program;
  private readonly options: ParallelOptions;
  private readonly division: Division;
  private readonly strategy: Strategy;
  private readonly collector: FindingCollector;
  private readonly words: SearchWords;
  private readonly threads: DividedThread[];
  private readonly begunMs = monotonicMs();
  /** What had been run before. */
  private readonly before: Counts;
  /** Executions that have not been allowed yet; undefined: any number. */
  private left: number | undefined;
  /** Whether threads are to leave what they have. */
  private stopping = false;
  private pausing = false;
  private savedMs = monotonicMs();
  /** A thread that ended before its time. */
  private death = '';
  /** What is to be thrown when all have ended. */
  private fault: unknown;

  constructor(program: Program, options: ParallelOptions, divider: Divider) {
    this.program = program;
    this.options = options;
    const { resumed, strategy, strategyOptions, threads } = options;
    this.strategy = strategyNamed(strategy, strategyOptions);
    requireStates(program, this.strategy);
    this.division = resumed === undefined ? divider.begin() : divider.load(resumed.rest);
    this.before = resumed?.counts ?? noCounts();
    this.collector = new FindingCollector(program, options);
    this.words = SearchWords.for(threads);
    this.left = options.executions;
    this.refill();
    this.threads = Array.from({ length: threads }, (_, number) => {
      return new DividedThread(number, (thread, news) => this.hear(thread, news));
    });
  }

  async run(): Promise<Exploration> {
    const { signal, seconds, threads, estimate, seed, resumed } = this.options;
    for (const finding of resumed?.findings ?? []) this.collector.restore(finding);
    if (estimate === true) await probeSearch(this.program, this.told(), { seed, signal });
    const stop = (): void => this.stop();
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000);
    const pool = new Piscina<PieceJob, void>({
      filename: entryUrl('explore').href,
      minThreads: threads,
      maxThreads: threads,
      argv: [],
      execArgv: [],
    });
    try {
      await Promise.all(this.threads.map((thread) => this.runThread(pool, thread)));
    } finally {
      signal?.removeEventListener('abort', stop);
      clearTimeout(timer);
      await pool.destroy();
    }
    if (this.fault !== undefined) throw this.fault;
    return await this.result();
  }

  private async runThread(pool: Piscina<PieceJob, void>, thread: DividedThread): Promise<void> {
    const { url, strategy, strategyOptions } = this.options;
    const { port, answers } = thread.theirs;
    const job: PieceJob = {
      kind: 'pieces',
      url,
      ...this.program.choice,
      strategy,
      options: strategyOptions,
      thread: thread.number,
      words: this.words.buffer,
      port,
      answers,
    };
    try {
      await pool.run(job, { transferList: [port, answers] });
      // What was told last may be on its way still.
      await thread.ended;
    } catch (error) {
      this.death ||= `thread ${thread.number + 1} ended: ${(error as Error).message}`;
      thread.end();
      this.stop();
    }
  }

  private async result(): Promise<Exploration> {
    const { collector, options } = this;
    const strategy = this.told();
    const counts = this.counts();
    const shares = options.resumed === undefined ? this.threads.map((one) => one.coverage) : [];
    const coverage = coverageOf(shares);
    counts.traces = coverage?.traces ?? 0;
    const through = !this.division.waits && this.division.running === 0;
    if (!through && this.death === '') await this.save();
    for (const [key, times] of this.again()) collector.again(key, times);
    const progress = strategy.progress?.(counts.executions);
    const explored = { name: strategy.name, exhausted: through, limits: strategy.limits ?? '' };
    const told = statementOf(explored, through, counts, { progress });
    const died = this.death === '' ? '' : `; ${this.death}, and what it was at is lost`;
    return {
      counts,
      findings: collector.records,
      complete: told.complete,
      statement: `${told.statement}, on ${options.threads} threads${died}`,
      interrupted: options.signal?.aborted === true,
      coverage,
      lockSearchesCut: this.threads.reduce((sum, thread) => sum + thread.lockSearchesCut, 0),
      separateInversions: [],
      progress,
      ...(this.death === '' ? {} : { death: this.death }),
    };
  }

  private hear(thread: DividedThread, news: PieceNews): void {
    try {
      this.take(thread, news);
      this.dispatch();
    } catch (error) {
      this.fault ??= error;
      this.stop();
    }
  }

  private take(thread: DividedThread, news: PieceNews): void {
    const { division } = this;
    switch (news.kind) {
      case 'idle':
        thread.state = 'idle';
        break;
      case 'ask':
        this.answer(thread, news.task, news.question);
        break;
      case 'give':
        division.give(news.task, news.share);
        break;
      case 'putBack':
        division.putBack(news.task);
        break;
      case 'leave':
        if (news.rest !== undefined) division.give(news.task, news.rest);
        division.done(news.task);
        break;
      case 'done':
        division.done(news.task);
        break;
      case 'paused':
        thread.state = 'paused';
        thread.rest = news.rest;
        break;
      case 'finding':
        this.collector.takeKey(news.key, () => news.steps, {
          strategy: this.strategy.name,
          seed: this.options.seed,
          execution: news.execution,
        });
        break;
      case 'progress':
        thread.counts = news.counts;
        thread.again = news.again;
        thread.lockSearchesCut = news.lockSearchesCut;
        this.takeProgress();
        break;
      case 'coverage':
        thread.coverage = news.share;
        break;
      case 'mistake':
        throw new UserError(news.message);
      case 'end':
        thread.end();
    }
  }

  private answer(thread: DividedThread, task: number, question: Plain): void {
    const { division, words, beginnings } = this;
    let answer: Plain = null;
    try {
      answer = division.answer(task, question);
    } finally {
      thread.answer(answer);
      words.answered(thread.number);
    }
    if (this.beginnings === beginnings) return;
    // Whoever runs a piece of what was before is to drop it.
    this.pausing = true;
    words.pause = true;
  }

  /** How often the search has begun. */
  private get beginnings(): number {
    return this.division.beginnings ?? 1;
  }

  private takeProgress(): void {
    const sum = this.counts();
    this.options.onProgress?.(sum, this.told().progress?.(sum.executions));
    const { checkpoints } = this.options;
    if (checkpoints === undefined || this.pausing || this.stopping) return;
    if (monotonicMs() - this.savedMs < checkpoints.seconds * 1000) return;
    this.pausing = true;
    this.words.pause = true;
  }

  /** The search as a whole, as far as it has come. */
  private told(): Strategy {
    this.division.tell?.(this.strategy);
    return this.strategy;
  }

  /** Gives something to those who have nothing to do, or ends them. */
  private dispatch(): void {
    const { words, division, threads, beginnings } = this;
    for (const thread of threads) {
      const inVain = thread.state === 'idle' ? thread.beginAnew(beginnings) : 0;
      if (this.left !== undefined) this.left += inVain;
    }
    const living = threads.filter(({ state }) => state !== 'ended');
    if (this.pausing) {
      const still = living.every(({ state }) => state === 'idle' || state === 'paused');
      if (still) void this.saveAndGoOn();
      return;
    }
    const idle = living.filter(({ state }) => state === 'idle');
    if (idle.length === living.length && words.tickets === 0) this.refill();
    for (const thread of idle) {
      if (this.stopping || words.tickets === 0) break;
      const task = division.take();
      if (task === undefined) break;
      thread.state = 'running';
      thread.task = task.task;
      thread.order({ kind: 'run', ...task });
    }
    const hungry = idle.filter(({ state }) => state === 'idle');
    words.hungry = hungry.length;
    if (hungry.length < living.length) return;
    for (const thread of hungry) thread.order({ kind: 'end' });
  }

  /** All threads are still: what is left is known. */
  private async saveAndGoOn(): Promise<void> {
    const { words, threads } = this;
    if (!words.pause) return;
    words.pause = false;
    try {
      await this.save();
    } catch (error) {
      this.fault ??= error;
      this.stop();
    }
    this.pausing = false;
    for (const thread of threads) {
      if (thread.state !== 'paused') continue;
      thread.state = 'running';
      const isOf = this.division.isOf?.(thread.task) ?? true;
      thread.order({ kind: isOf ? 'goOn' : 'drop' });
    }
    this.dispatch();
  }

  private async save(): Promise<void> {
    const { checkpoints } = this.options;
    if (checkpoints === undefined) return;
    const rests = new Map<number, Plain>();
    for (const { state, task, rest } of this.threads) if (state === 'paused') rests.set(task, rest);
    await checkpoints.save({
      rest: this.division.save(rests),
      counts: this.counts(),
      findings: savedFindings(this.collector.records, this.again()),
    });
    this.savedMs = monotonicMs();
  }

  private stop(): void {
    this.stopping = true;
    this.words.stop();
    this.dispatch();
  }

  /** Allows more executions, if there may be more. */
  private refill(): void {
    const { left, words } = this;
    if (left === undefined) {
      words.tickets = undefined;
      return;
    }
    words.tickets = Math.min(left, ticketsMax);
    this.left = left - words.tickets;
  }

  private again(): Map<string, number> {
    const sum = new Map<string, number>();
    for (const { again } of this.threads) {
      for (const [key, times] of again) sum.set(key, (sum.get(key) ?? 0) + times);
    }
    return sum;
  }

  private counts(): Counts {
    const sum = noCounts();
    const { beginnings, before } = this;
    const shares = this.threads.map((thread) => thread.countsSince(beginnings));
    for (const counts of beginnings === 1 ? [before, ...shares] : shares) {
      for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += counts[name];
    }
    sum.elapsedMs = this.before.elapsedMs + monotonicMs() - this.begunMs;
    sum.findings = this.collector.records.length;
    return sum;
  }
}
