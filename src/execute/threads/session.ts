import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { UserError } from '../../program/errors.ts';
import type { Program } from '../program.ts';
import { AgentAt, agentLine, AgentState, ControlAt, makeControl } from './control.ts';
import type { AgentMessage, AgentTask } from './messages.ts';
import type { AgentTrack } from './reconstruct.ts';
import { EntryAt, makeLogBuffer, ThreadLog } from './thread-log.ts';
import { AgentLostError } from './agent-lost.ts';
import { ThreadPool } from './thread-pool.ts';

export interface SessionOptions {
  readonly kind: AgentTask['kind'];
  /** URL of the scenario's module. */
  readonly scenario: string;
  /** Seed of random delays on free threads; 0 for none. */
  readonly seed?: number;
  /** The schedule of controlled threads. */
  readonly schedule?: SharedArrayBuffer;
  readonly places?: boolean;
  /** Free threads: whether operations are numbered and logged; default: yes. */
  readonly logging?: boolean | undefined;
  /** Megabytes of heap that each agent's thread may have; default: 512. */
  readonly heapMb?: number | undefined;
  /** Ends the start of the threads. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that frozen threads have to come to their next operation. */
const freezeMs = 250;

/**
 * A program's agents on worker threads, warm over many iterations: the coordinator's side. It owns
 * the arena, the control block and the logs; whoever runs iterations (`free-run.ts`,
 * `controlled-run.ts`) decides when one is over.
 */
export class ThreadSession {
  readonly control: Int32Array = makeControl();
  /** What agents' threads told in the present iteration. */
  readonly messages: AgentMessage[] = [];
  private readonly program: Program;
  private readonly clocks: Int32Array;
  private readonly logs: ThreadLog[] = [];
  private readonly ports: MessagePort[] = [];
  private readonly pool: ThreadPool;
  private broken: Error | undefined;
  private generation = 0;
  private ended = 0;

  private constructor(program: Program, pool: ThreadPool, kind: SessionOptions['kind']) {
    this.program = program;
    const clockBytes = kind === 'free' ? program.arena.memory.byteLength : 0;
    this.clocks = new Int32Array(new SharedArrayBuffer(clockBytes));
    this.pool = pool;
  }

  /**
   * Starts the threads and waits until every one is its agent. Where the signal comes before, the
   * session can only be closed.
   */
  static async open(program: Program, options: SessionOptions): Promise<ThreadSession> {
    const pool = await ThreadPool.open(program.agents.length, 'agent', options.heapMb);
    const session = new ThreadSession(program, pool, options.kind);
    pool.fault.catch((error: Error) => session.breakOff(error));
    try {
      for (let agent = 0; agent < program.agents.length; agent++) session.start(agent, options);
      await session.allReady(options.signal);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get agents(): number {
    return this.program.agents.length;
  }

  /** Begins an iteration; every agent must have ended the one before. */
  begin(): void {
    const { control } = this;
    this.messages.length = 0;
    this.program.arena.reset();
    for (const at of [
      ControlAt.arrived,
      ControlAt.done,
      ControlAt.sequence,
      ControlAt.floor,
      ControlAt.step,
      ControlAt.over,
    ]) {
      Atomics.store(control, at, 0);
    }
    for (let agent = 0; agent < this.agents; agent++) {
      const line = agentLine(agent);
      this.logs[agent]!.clear();
      Atomics.store(control, line + AgentAt.state, AgentState.running);
      Atomics.store(control, line + AgentAt.waitKind, 0);
      Atomics.store(control, line + AgentAt.operations, 0);
      Atomics.store(control, line + AgentAt.turn, 0);
      Atomics.store(control, line + AgentAt.clock, 0);
    }
    this.clocks.fill(0);
    Atomics.store(control, ControlAt.generation, ++this.generation);
    Atomics.notify(control, ControlAt.generation);
  }

  /** Resolves when somebody has news, or after this many milliseconds. */
  async news(seen: number, ms: number): Promise<void> {
    const outcome = Atomics.waitAsync(this.control, ControlAt.news, seen, ms);
    if (outcome.async) await outcome.value;
    if (this.broken !== undefined) throw this.broken;
  }

  /** Takes the agents' messages of this iteration in. */
  collect(): void {
    for (const port of this.ports) {
      for (
        let got = receiveMessageOnPort(port);
        got !== undefined;
        got = receiveMessageOnPort(port)
      ) {
        this.messages.push(got.message as AgentMessage);
      }
    }
  }

  /** Whether every agent's thread is through with the iteration. */
  get allDone(): boolean {
    return Atomics.load(this.control, ControlAt.done) >= this.agents;
  }

  state(agent: number): number {
    return Atomics.load(this.control, agentLine(agent) + AgentAt.state);
  }

  /** Operations that agents have performed in this iteration, logged or not. */
  get operations(): number {
    let operations = 0;
    for (let agent = 0; agent < this.agents; agent++) {
      operations += Atomics.load(this.control, agentLine(agent) + AgentAt.operations);
    }
    return operations;
  }

  /** What the agents have done so far in this iteration; undefined if a log has overflowed. */
  tracks(): AgentTrack[] | undefined {
    if (this.logs.some((log) => log.overflowed)) return undefined;
    return this.logs.map((log, agent) => {
      const line = agentLine(agent);
      const state = this.state(agent);
      const count = log.length;
      const ended = state === AgentState.done || state === AgentState.failed;
      return {
        entries: log.entries.slice(0, count * EntryAt.size),
        count,
        ended,
        failed: state === AgentState.failed,
        pendingKind: ended ? 0 : Atomics.load(this.control, line + AgentAt.waitKind),
        pendingObject: ended ? 0 : Atomics.load(this.control, line + AgentAt.waitObject),
        pendingArgument: Atomics.load(this.control, line + AgentAt.waitArgument),
        pendingArgument2: Atomics.load(this.control, line + AgentAt.waitArgument2),
      };
    });
  }

  /**
   * Lets no agent begin another operation, so that the logs stay as they are; then the session can
   * only be closed.
   */
  async freeze(): Promise<void> {
    const { control } = this;
    Atomics.store(control, ControlAt.freeze, 1);
    for (let waited = 0; waited < freezeMs; waited += 10) {
      if (this.busy().length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Ends the threads, also those that wait for ever. */
  async close(): Promise<void> {
    Atomics.store(this.control, ControlAt.stop, 1);
    Atomics.store(this.control, ControlAt.generation, ++this.generation);
    Atomics.notify(this.control, ControlAt.generation);
    // Threads that can end by themselves do so at once and need no violence.
    for (let waited = 0; waited < 50 && this.allDone && this.ended < this.agents; waited += 2) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const port of this.ports) port.close();
    await this.pool.close();
  }

  /** Agents that neither wait, nor have ended, nor stand at an operation: they are busy. */
  busy(): number[] {
    return Array.from({ length: this.agents }, (_, agent) => agent).filter((agent) => {
      const waits = Atomics.load(this.control, agentLine(agent) + AgentAt.waitKind) !== 0;
      return this.state(agent) === AgentState.running && !waits;
    });
  }

  private start(agent: number, options: SessionOptions): void {
    const { port1, port2 } = new MessageChannel();
    const log = makeLogBuffer();
    this.ports.push(port1);
    this.logs.push(new ThreadLog(log, this.control, agent));
    const task: AgentTask = {
      kind: options.kind,
      scenario: options.scenario,
      choice: this.program.choice,
      agent,
      arena: this.program.arena.memory.buffer as SharedArrayBuffer,
      control: this.control.buffer as SharedArrayBuffer,
      log,
      clocks: this.clocks.buffer as SharedArrayBuffer,
      schedule: options.schedule ?? new SharedArrayBuffer(4),
      seed: options.seed ?? 0,
      logging: options.logging ?? true,
      places: options.places ?? false,
      port: port2,
    };
    this.pool.run(task, [task.port]).then(
      (answer) => {
        this.ended++;
        if (answer.status === 'stopped') return;
        this.breakOff(
          answer.userError
            ? new UserError(answer.message)
            : new Error(`[internal] the thread of agent ${agent} broke: ${answer.message}`),
        );
      },
      (error: Error) => {
        this.ended++;
        if (error.name !== 'AbortError') {
          const name = this.program.subject.agentNames[agent]!;
          this.breakOff(new AgentLostError(name, `its thread died: ${error.message}`));
        }
      },
    );
  }

  private breakOff(error: Error): void {
    this.broken ??= error;
    this.tellNews();
  }

  private tellNews(): void {
    Atomics.add(this.control, ControlAt.news, 1);
    Atomics.notify(this.control, ControlAt.news);
  }

  private async allReady(signal: AbortSignal | undefined): Promise<void> {
    const stop = (): void => this.tellNews();
    signal?.addEventListener('abort', stop);
    try {
      for (;;) {
        const seen = Atomics.load(this.control, ControlAt.news);
        if (this.allDone || signal?.aborted === true) return;
        await this.news(seen, 1000);
      }
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}
