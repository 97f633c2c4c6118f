import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { Semaphore } from 'async-mutex';
import { Piscina } from 'piscina';
import { UserError } from '../../program/errors.ts';
import { entryUrl } from '../entry-url.ts';
import type { AgentAnswer, AgentTask } from './messages.ts';

/**
 * Threads that may be alive at a time: agents wait for each other, so a run is admitted only when
 * there is a thread for each of its agents. More threads than cores are fine, as most of them
 * sleep.
 */
export const threadsMax: number = Math.max(64, availableParallelism() * 8);

/** Megabytes of heap that a thread may have: who needs more has a leak. */
const heapMbDefault = 512;

/** Admits runs by the number of threads that they need. */
const admission = new Semaphore(threadsMax);

/** As many warm threads as a run has agents, each of which takes one task: to be that agent. */
export class ThreadPool<Task = AgentTask, Answer = AgentAnswer> {
  private readonly pool: Piscina<Task, Answer>;
  private readonly aborting = new AbortController();
  private readonly release: () => void;
  /** Resolves with the first fault of a thread itself, such as an entry file that does not load. */
  readonly fault: Promise<never>;

  private constructor(pool: Piscina<Task, Answer>, release: () => void) {
    this.pool = pool;
    this.release = release;
    // Every agent's task listens for the end.
    setMaxListeners(0, this.aborting.signal);
    this.fault = new Promise((_, reject) => {
      pool.on('error', (error) => {
        reject(
          new UserError(`a worker thread failed: ${(error as Error).message}`, { cause: error }),
        );
      });
    });
    // Nobody need be waiting for a fault.
    this.fault.catch(() => undefined);
  }

  /** A pool of this many threads, as soon as there is room for them. */
  static async open<Task = AgentTask, Answer = AgentAnswer>(
    threads: number,
    entry: 'agent' | 'check' = 'agent',
    heapMb: number = heapMbDefault,
  ): Promise<ThreadPool<Task, Answer>> {
    if (threads > threadsMax) {
      throw new UserError(
        `a run of ${threads} agents needs as many threads; ${threadsMax} is the most here`,
      );
    }
    const [, release] = await admission.acquire(threads);
    try {
      const pool = new Piscina<Task, Answer>({
        filename: entryUrl(entry).href,
        minThreads: threads,
        maxThreads: threads,
        idleTimeout: 60_000,
        // The coordinator's own arguments are no business of a worker.
        resourceLimits: { maxOldGenerationSizeMb: heapMb },
        argv: [],
        execArgv: [],
      });
      return new ThreadPool<Task, Answer>(pool, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Makes one thread an agent; settles when it stops. */
  run(task: Task, transferList: readonly MessagePort[] = []): Promise<Answer> {
    const { signal } = this.aborting;
    return this.pool.run(task, { signal, transferList: [...transferList] });
  }

  /** Ends all threads, also those that are blocked for good. */
  async close(): Promise<void> {
    this.aborting.abort();
    try {
      await this.pool.destroy();
    } finally {
      this.release();
    }
  }
}
