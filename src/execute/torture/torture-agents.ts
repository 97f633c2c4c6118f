import { Worker } from 'node:worker_threads';
import { AgentTable } from '../../locks/index.ts';
import { entryUrl } from '../entry-url.ts';
import {
  AgentAt,
  agentLine,
  ControlAt,
  Inside,
  makeControl,
  makeStatistics,
  Phase,
} from './layout.ts';
import { lockOffset, makeLocks } from './lock-area.ts';
import type { TortureThreadAnswer, TortureThreadData } from './messages.ts';
import { agentsMax, type TortureParameters } from './parameters.ts';
import type { TortureType } from './types.ts';

/** One place of an agent, which a thread after the other may have. */
interface Place {
  worker: Worker | undefined;
  turn: number;
  /** Resolves when its present thread has ended. */
  gone: Promise<void>;
  /** It was told to go. */
  leaves: boolean;
}

/** The threads of a torture run: starts, ends and buries them. */
export class TortureAgents {
  readonly control: Int32Array;
  readonly statistics: Float64Array;
  /** What threads died of, other than being killed. */
  readonly faults: string[] = [];
  private readonly type: TortureType;
  private readonly parameters: TortureParameters;
  private readonly table: AgentTable;
  private readonly places: Place[] = [];

  constructor(type: TortureType, parameters: TortureParameters) {
    this.type = type;
    this.parameters = parameters;
    const agents = parameters.nwriters_stress + parameters.nreaders_stress;
    this.control = new Int32Array(makeControl(agents));
    this.statistics = new Float64Array(makeStatistics(agents));
    this.table = new AgentTable(makeLocks(type, parameters.nested_locks), { capacity: agentsMax });
    for (let place = 0; place < agents; place++) {
      this.places.push({ worker: undefined, turn: 0, gone: Promise.resolve(), leaves: false });
    }
  }

  get count(): number {
    return this.places.length;
  }

  /** "writer 2", "reader 1". */
  name(place: number): string {
    const { nwriters_stress: writers } = this.parameters;
    return place < writers ? `writer ${place + 1}` : `reader ${place - writers + 1}`;
  }

  phase(place: number): number {
    return Atomics.load(this.control, agentLine(place) + AgentAt.phase);
  }

  /** Starts a thread at a place that nobody has. */
  start(at: number): void {
    const { control, statistics, table, parameters } = this;
    const place = this.places[at]!;
    const workerData: TortureThreadData = {
      parameters,
      place: at,
      role: at < parameters.nwriters_stress ? 'writer' : 'reader',
      turn: place.turn++,
      locks: table.buffer,
      control: control.buffer as SharedArrayBuffer,
      statistics: statistics.buffer as SharedArrayBuffer,
    };
    place.leaves = false;
    Atomics.store(control, agentLine(at) + AgentAt.leave, 0);
    const worker = new Worker(entryUrl('torture'), { workerData, argv: [], execArgv: [] });
    place.worker = worker;
    // After the exit the worker has no number any more.
    const thread = worker.threadId;
    worker.on('message', (answer: TortureThreadAnswer) => {
      if (answer.status === 'broken') this.faults.push(`${this.name(at)} broke: ${answer.message}`);
    });
    worker.on('error', (error) => this.faults.push(`${this.name(at)} died: ${error.message}`));
    place.gone = new Promise((resolve) => {
      worker.once('exit', () => {
        this.bury(at, thread);
        resolve();
      });
    });
  }

  /** Lets one go: told to, or killed where it is. Resolves when it has gone. */
  async remove(at: number, kill: boolean): Promise<void> {
    const place = this.places[at]!;
    place.leaves = true;
    if (kill) await place.worker?.terminate();
    else Atomics.store(this.control, agentLine(at) + AgentAt.leave, 1);
    await place.gone;
  }

  get isStopped(): boolean {
    return Atomics.load(this.control, ControlAt.stop) !== 0;
  }

  isLeaving(at: number): boolean {
    return this.places[at]!.leaves;
  }

  /** All threads are through. */
  async allGone(): Promise<void> {
    await Promise.all(this.places.map(({ gone }) => gone));
  }

  /** Ends the threads that are left, whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.places.map(async ({ worker }) => await worker?.terminate()));
    await this.allGone();
  }

  /** Wakes all who sleep on the locks' words; how many there were. */
  wakeSleepers(): number {
    const { words } = this.table;
    const from = lockOffset(this.type, 0) / Int32Array.BYTES_PER_ELEMENT;
    let woken = 0;
    for (let at = from; at < words.length; at++) woken += Atomics.notify(words, at);
    return woken;
  }

  /**
   * A thread has ended. What it was inside of must be forgotten before others can know of its
   * death, as they may come in then.
   */
  private bury(at: number, thread: number): void {
    const { control } = this;
    const line = agentLine(at);
    const inside = Atomics.exchange(control, line + AgentAt.inside, Inside.no);
    if (inside !== Inside.no) Atomics.sub(control, ControlAt.inside, 1);
    Atomics.store(control, line + AgentAt.phase, Phase.absent);
    this.places[at]!.worker = undefined;
    this.table.bury(thread);
  }
}
