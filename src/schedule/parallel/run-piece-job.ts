import { receiveMessageOnPort } from 'node:worker_threads';
import { monotonicMs } from '../../execute/clock.ts';
import { Coroutines } from '../../execute/coroutines.ts';
import { loadScenario } from '../../execute/load-scenario.ts';
import { instantiate, type Program } from '../../execute/program.ts';
import type { ExecutionOutcome } from '../../execute/strategy.ts';
import { SearchWords } from '../../execute/threads/search-words.ts';
import { ForgottenYieldError, UserError } from '../../program/errors.ts';
import { coverageShare } from '../coverage.ts';
import { noCounts, type Counts } from '../explore.ts';
import { forgottenYield } from '../forgotten-yield.ts';
import { NondeterminismError } from '../strategies/dfs.ts';
import type { Divider, PieceStrategy, Plain, Task } from '../strategies/division.ts';
import { dividerOf } from '../strategies/registry.ts';
import type { PieceJob, PieceNews, PieceOrder } from './piece-job.ts';

/** Milliseconds after which a thread tells how far it is. */
const sliceMs = 100;
/** Executions after which a thread that had nothing to give looks again. */
const executionsBetween = 64;

/**
 * One thread of a divided search: runs pieces until it is told that there are no more. A user's
 * mistake is told, not thrown: errors that cross threads lose their names.
 */
export async function runPieceJob(job: PieceJob): Promise<void> {
  const tell = (news: PieceNews): void => job.port.postMessage(news);
  try {
    const scenario = await loadScenario(job.url);
    const { variant, form, suspicions = false } = job;
    const program = instantiate(scenario, { variant, form, suspicions });
    await new PieceWorker(job, program).run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell({ kind: 'mistake', message: error.message });
  } finally {
    tell({ kind: 'end' });
  }
}

class PieceWorker {
  private readonly job: PieceJob;
  private readonly program: Program;
  private readonly divider: Divider;
  private readonly coroutines: Coroutines;
  private readonly words: SearchWords;
  private readonly counts: Counts = noCounts();
  private readonly again = new Map<string, number>();
  private readonly begunMs = monotonicMs();
  /** Orders that have come and are not carried out yet. */
  private readonly orders: PieceOrder[] = [];
  private wake: (() => void) | undefined;
  /** Whether it may begin an execution. */
  private ticket = false;
  private toldMs = 0;
  /** Executions before it looks again for something to give. */
  private giveAgainAt = 0;

  constructor(job: PieceJob, program: Program) {
    this.job = job;
    this.program = program;
    this.divider = dividerOf(job.strategy, job.options)!;
    this.coroutines = new Coroutines(program);
    this.words = new SearchWords(job.words);
  }

  async run(): Promise<void> {
    this.job.port.on('message', (order: PieceOrder) => {
      this.orders.push(order);
      this.wake?.();
    });
    try {
      for (;;) {
        this.tellProgress();
        this.tell({ kind: 'idle' });
        const order = await this.order();
        if (order.kind === 'end') {
          this.tell({ kind: 'coverage', share: coverageShare(this.coroutines) });
          return;
        }
        if (order.kind === 'run') await this.runPiece(order);
      }
    } finally {
      this.job.port.removeAllListeners('message');
    }
  }

  private async order(): Promise<PieceOrder> {
    while (this.orders.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.orders.shift()!;
  }

  private async runPiece({ task, piece }: Task): Promise<void> {
    const strategy = this.divider.strategy(piece, (question) => this.ask(task, question));
    if (this.program.invariants.length > 0) strategy.watchEnd?.();
    let begun = false;
    for (;;) {
      if (this.words.stopped || !this.mayBegin()) {
        if (begun) this.tell({ kind: 'leave', task, rest: strategy.rest() });
        else this.tell({ kind: 'putBack', task });
        break;
      }
      const before = this.counts.executions;
      if (this.runSome(strategy)) {
        this.tellProgress();
        this.tell({ kind: 'done', task });
        break;
      }
      begun ||= this.counts.executions > before;
      if (this.words.hungry > 0) this.feed(task, strategy);
      if (monotonicMs() - this.toldMs >= sliceMs) this.tellProgress();
      if (this.words.pause && !this.words.stopped && !(await this.pause(task, strategy))) break;
    }
    if (this.ticket) this.words.returnTicket();
    this.ticket = false;
  }

  /** Runs until there is something else to do; true if the piece has been run. */
  private runSome(strategy: PieceStrategy): boolean {
    const { words, counts } = this;
    const endMs = this.toldMs + sliceMs;
    let through = true;
    try {
      this.coroutines.runAll(strategy, counts.executions, (outcome) => {
        this.take(outcome);
        const hungry = words.hungry > 0 && counts.executions >= this.giveAgainAt;
        through =
          !words.stopped && !words.pause && !hungry && this.mayBegin() && monotonicMs() < endMs;
        return !through;
      });
    } catch (error) {
      const { subject, scenario } = this.program;
      if (error instanceof NondeterminismError) throw error.explained(subject, scenario.name);
      if (!(error instanceof ForgottenYieldError)) throw error;
      throw forgottenYield(this.program, error, this.coroutines.record.steps());
    }
    return through;
  }

  private mayBegin(): boolean {
    this.ticket ||= this.words.takeTicket();
    return this.ticket;
  }

  private take(outcome: ExecutionOutcome): void {
    const { counts, coroutines, again } = this;
    // One that was abandoned is a part of another and does not count.
    if (outcome.end !== 'abandoned') this.ticket = false;
    const execution = counts.executions++;
    counts.steps += outcome.steps;
    counts[outcome.end]++;
    for (const { key } of coroutines.findings) {
      const times = again.get(key);
      again.set(key, (times ?? -1) + 1);
      if (times !== undefined) continue;
      this.tell({ kind: 'finding', key, steps: coroutines.record.steps(), execution });
    }
  }

  /** Gives something to those who have nothing to do. */
  private feed(task: number, strategy: PieceStrategy): void {
    if (this.counts.executions < this.giveAgainAt || !this.words.feed()) return;
    const share = strategy.give();
    if (share !== undefined) this.tell({ kind: 'give', task, share });
    else this.giveAgainAt = this.counts.executions + executionsBetween;
  }

  /** False: the piece is to be dropped. */
  private async pause(task: number, strategy: PieceStrategy): Promise<boolean> {
    this.tellProgress();
    this.tell({ kind: 'paused', task, rest: strategy.rest() });
    for (;;) {
      const { kind } = await this.order();
      if (kind === 'goOn' || kind === 'drop') return kind === 'goOn';
    }
  }

  private ask(task: number, question: Plain): Plain {
    const { words, job } = this;
    const { thread, answers } = job;
    let seen = words.answers(thread);
    this.tell({ kind: 'ask', task, question });
    for (;;) {
      const answer = receiveMessageOnPort(answers) as { message: Plain } | undefined;
      if (answer !== undefined) return answer.message;
      words.awaitAnswer(thread, seen);
      seen = words.answers(thread);
    }
  }

  private tellProgress(): void {
    this.toldMs = monotonicMs();
    this.counts.elapsedMs = this.toldMs - this.begunMs;
    const counts = { ...this.counts };
    const lockSearchesCut = this.coroutines.checks?.lockSearchesCut ?? 0;
    this.tell({ kind: 'progress', counts, again: new Map(this.again), lockSearchesCut });
  }

  private tell(news: PieceNews): void {
    this.job.port.postMessage(news);
  }
}
