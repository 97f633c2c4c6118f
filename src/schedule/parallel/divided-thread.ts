import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { CoverageShare } from '../coverage.ts';
import { noCounts, type Counts } from '../explore.ts';
import type { Plain } from '../strategies/division.ts';
import type { PieceNews, PieceOrder } from './piece-job.ts';

/** One thread of a divided search, as the thread that hands out pieces sees it. */
export class DividedThread {
  readonly number: number;
  /** The ends of the channels that the thread gets. */
  readonly theirs: { readonly port: MessagePort; readonly answers: MessagePort };
  /** `starting` until it first says that it has nothing to do; `ended` once it tells no more. */
  state: 'starting' | 'idle' | 'running' | 'paused' | 'ended' = 'starting';
  /** What it was given last; -1: nothing. */
  task = -1;
  /** While it is paused: what is left of its task. */
  rest: Plain;
  /** What it has run so far, how often it met findings again, and searches that gave up. */
  counts: Counts = noCounts();
  /** How much of that was run before the search began for the last time. */
  private inVain: Counts = noCounts();
  /** For which of the search's beginnings it runs. */
  private beginning = 1;
  again: ReadonlyMap<string, number> = new Map();
  lockSearchesCut = 0;
  coverage: CoverageShare | undefined;
  /** Resolves when it has told all, or is gone. */
  readonly ended: Promise<void>;
  private resolveEnded: () => void = () => undefined;
  private readonly port: MessagePort;
  private readonly answers: MessagePort;

  constructor(number: number, hear: (thread: DividedThread, news: PieceNews) => void) {
    this.number = number;
    const news = new MessageChannel();
    const answers = new MessageChannel();
    this.port = news.port1;
    this.answers = answers.port1;
    this.theirs = { port: news.port2, answers: answers.port2 };
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
    this.port.on('message', (one: PieceNews) => hear(this, one));
  }

  /** What it has run since the search has begun so often. */
  countsSince(beginning: number): Counts {
    return beginning === this.beginning ? difference(this.counts, this.inVain) : noCounts();
  }

  /**
   * While it has nothing to do: what it has run does not count, if the search has begun anew.
   *
   * @returns how many executions that are
   */
  beginAnew(beginning: number): number {
    if (beginning === this.beginning) return 0;
    const { executions, abandoned } = difference(this.counts, this.inVain);
    this.inVain = this.counts;
    this.beginning = beginning;
    return executions - abandoned;
  }

  order(order: PieceOrder): void {
    this.port.postMessage(order);
  }

  answer(answer: Plain): void {
    this.answers.postMessage(answer);
  }

  end(): void {
    this.state = 'ended';
    this.port.close();
    this.answers.close();
    this.resolveEnded();
  }
}

function difference(counts: Counts, less: Counts): Counts {
  const left = { ...counts };
  for (const name of Object.keys(left) as (keyof Counts)[]) left[name] -= less[name];
  return left;
}
