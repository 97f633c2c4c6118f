import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../program/errors.ts';
import type { Parameters, Scenario } from '../../program/scenario.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import { CellLayout } from './cells.ts';
import type { CheckAnswer, CheckTask } from './check-messages.ts';
import { checkModuleOf, loadCheckModule, threadsOf, type CheckModule } from './check-module.ts';
import { scenarioOf } from './check-scenario.ts';
import { MessageTexts } from './message-texts.ts';
import { ScriptWriter } from './script-writer.ts';
import { setUp, type SetUp } from './set-up.ts';
import { SharedWords } from './shared-memory.ts';
import { ThreadDriver } from './thread-driver.ts';

/** How the threads of a file are run. @public */
export interface CheckSessionOptions {
  /**
   * Whether plain accesses to shared buffers are seen, so that races are found; default true.
   * Without, only `Atomics` is, and each thread carries out each of its steps.
   */
  readonly plain?: boolean;
  /** Operations after which an execution is cut off, 1 to 1,000,000; default 10,000. */
  readonly stepsMax?: number;
  /** What the file's `setup` gets; default: nothing. */
  readonly parameters?: Parameters;
  /** Warm threads to use; default: threads of its own. */
  readonly threads?: CheckThreadPool;
}

/** Worker threads that are kept warm from one file, or one exploration, to the next. @public */
export class CheckThreadPool {
  private readonly pool: ThreadPool<CheckTask, CheckAnswer>;

  private constructor(pool: ThreadPool<CheckTask, CheckAnswer>) {
    this.pool = pool;
  }

  /** @param threads - as many as a file has at the most */
  static async open(threads: number): Promise<CheckThreadPool> {
    return new CheckThreadPool(await ThreadPool.open<CheckTask, CheckAnswer>(threads, 'check'));
  }

  /** @internal Makes one thread a thread of a file; settles when that is over. */
  run(task: CheckTask): Promise<CheckAnswer> {
    return this.pool.run(task);
  }

  /** @internal Rejects when a thread itself fails. */
  get fault(): Promise<never> {
    return this.pool.fault;
  }

  /** Ends the threads, whatever they do. */
  async close(): Promise<void> {
    await this.pool.close();
  }
}

/** A file for `heddle check`, its threads warm and ready to run. */
export class CheckSession {
  readonly url: string;
  readonly module: CheckModule;
  readonly options: CheckSessionOptions;
  readonly setUp: SetUp;
  /** The shared buffers' words, by number. */
  readonly memory: readonly SharedWords[];
  readonly drivers: readonly ThreadDriver[];
  readonly layout: CellLayout = new CellLayout();
  readonly messages: MessageTexts = new MessageTexts();
  readonly scenario: Scenario;
  /** What the threads carry out by themselves. */
  readonly script: ScriptWriter;
  private readonly pool: CheckThreadPool;
  private readonly ended: Promise<unknown>[] = [];
  private broken: Error | undefined;

  private constructor(
    url: string,
    module: CheckModule,
    options: CheckSessionOptions,
    pool: CheckThreadPool,
  ) {
    this.url = url;
    this.module = module;
    this.options = options;
    this.pool = pool;
    this.setUp = setUp(module, url, options.parameters ?? {});
    this.memory = this.setUp.buffers.map((buffer) => new SharedWords(buffer));
    const threads = threadsOf(module as unknown as Record<string, unknown>, url);
    this.drivers = threads.map(({ name }) => new ThreadDriver(name));
    this.script = new ScriptWriter(this.drivers);
    this.scenario = scenarioOf(this);
  }

  /**
   * Loads a file and starts its threads. They live until {@link close}.
   *
   * @param file - a path, or a URL
   * @throws UserError if the file is not as `CheckModule` says
   */
  static async open(file: string | URL, options: CheckSessionOptions = {}): Promise<CheckSession> {
    const given = String(file);
    const url = given.startsWith('file:') ? given : pathToFileURL(given).href;
    const module = checkModuleOf(await loadCheckModule(url), url);
    const count = threadsOf(module as unknown as Record<string, unknown>, url).length;
    const pool = options.threads ?? (await CheckThreadPool.open(count));
    try {
      const session = new CheckSession(url, module, options, pool);
      await session.start();
      return session;
    } catch (error) {
      if (options.threads === undefined) await pool.close();
      throw error;
    }
  }

  get remembers(): boolean {
    return this.options.plain !== false;
  }

  /** Real memory holds its first contents again. */
  restore(): void {
    for (const words of this.memory) words.restore();
  }

  /** Lets the threads go, or ends them if they are its own. */
  async close(): Promise<void> {
    try {
      this.script.close();
    } finally {
      for (const driver of this.drivers) driver.stop();
      if (this.options.threads === undefined) await this.pool.close();
      else await Promise.all(this.ended);
    }
  }

  private async start(): Promise<void> {
    const { pool, drivers } = this;
    pool.fault.catch((error: Error) => (this.broken ??= error));
    for (const [agent, { name, channel }] of drivers.entries()) {
      const { url, setUp: laid, options } = this;
      const plain = options.plain !== false;
      const { buffers, text: shared } = laid;
      const { buffer: script } = this.script;
      const task: CheckTask = { url, name, agent, channel, script, buffers, shared, plain };
      const ended = pool.run(task).then(
        (answer) => {
          if (answer.status === 'stopped') return;
          const what = `thread "${name}": ${answer.message}`;
          this.broken ??= answer.userError ? new UserError(what) : new Error(`[internal] ${what}`);
        },
        (error: Error) => {
          if (error.name === 'AbortError') return;
          this.broken ??= new UserError(`thread "${name}" died: ${error.message}`);
        },
      );
      this.ended.push(ended);
    }
    while (!drivers.every((driver) => driver.isReady)) {
      if (this.broken !== undefined) throw this.broken;
      await delay(2);
    }
  }
}
