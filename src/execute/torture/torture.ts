import { monotonicMs } from '../clock.ts';
import { Random } from '../random.ts';
import { AgentAt, agentLine, ControlAt, Phase } from './layout.ts';
import { resolved, type TortureParameters } from './parameters.ts';
import { StallDetector } from './stall.ts';
import { statisticsOfRole, type RoleStatistics } from './statistics.ts';
import { TortureAgents } from './torture-agents.ts';
import type { TortureType } from './types.ts';
import { Violation, violationText } from './violations.ts';

/** Who is told of a torture run. @public */
export interface TortureOptions {
  /** Ends the run early; the result says so. */
  readonly signal?: AbortSignal | undefined;
  /** The parameters, with numbers in place of -1, before anything runs. */
  readonly onBegin?: (parameters: TortureParameters) => void;
  /** Every `stat_interval`. */
  readonly onStatistics?: (statistics: readonly RoleStatistics[], failed: boolean) => void;
  /** An agent went or came. */
  readonly onEvent?: (text: string) => void;
}

/** How a torture run ended. @public */
export interface TortureResult {
  readonly parameters: TortureParameters;
  /** Nothing was wrong. */
  readonly success: boolean;
  /** What was wrong, a line each. */
  readonly failures: readonly string[];
  readonly statistics: readonly RoleStatistics[];
  readonly elapsedMs: number;
  /** Agents that went and came again, or were killed. */
  readonly gone: number;
  readonly interrupted: boolean;
}

const tickMs = 20;
/** Milliseconds that agents have to end in, after they were told to. */
const endMsMax = 10_000;

/**
 * Tortures a lock as the kernel's locktorture does (kernel/locking/locktorture.c): agents on worker
 * threads take it over and over, mostly for no time and sometimes for long, and look whether they
 * are alone. Beyond the kernel's, it finds lost wake-ups for certain, and kills holders.
 *
 * @throws UserError if the parameters are wrong
 * @public
 */
export async function torture(
  given: Partial<TortureParameters> & { torture_type: string },
  options: TortureOptions = {},
): Promise<TortureResult> {
  const { type, parameters } = resolved(given);
  options.onBegin?.(parameters);
  const run = new TortureRun(type, parameters, options);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class TortureRun {
  private readonly parameters: TortureParameters;
  private readonly options: TortureOptions;
  private readonly agents: TortureAgents;
  private readonly stall: StallDetector;
  private readonly type: TortureType;
  private readonly random = new Random();
  private readonly failures: string[] = [];
  private readonly moves: Promise<void>[] = [];
  private moving = 0;
  private gone = 0;
  private begunMs = 0;

  constructor(type: TortureType, parameters: TortureParameters, options: TortureOptions) {
    this.parameters = parameters;
    this.options = options;
    this.type = type;
    this.agents = new TortureAgents(type, parameters);
    this.stall = new StallDetector(this.agents, type.needsBoth === true || type.fixed === true);
    this.random.seed(parameters.seed, 0);
  }

  async run(): Promise<TortureResult> {
    await this.begin();
    while (!this.isOver) {
      await tick();
      this.look();
    }
    const elapsedMs = monotonicMs() - this.begunMs;
    await this.end();
    this.collectFailures();
    return {
      parameters: this.parameters,
      success: this.failures.length === 0,
      failures: this.failures,
      statistics: this.statistics(),
      elapsedMs,
      gone: this.gone,
      interrupted: this.options.signal?.aborted === true,
    };
  }

  async close(): Promise<void> {
    await this.agents.close();
    await Promise.all(this.moves);
  }

  /** Starts the threads, and lets them go when all are there. */
  private async begin(): Promise<void> {
    const { agents } = this;
    Atomics.store(agents.control, ControlAt.pause, 1);
    for (let at = 0; at < agents.count; at++) agents.start(at);
    while (!this.isBroken && !this.all((phase) => phase === Phase.paused)) {
      if (this.options.signal?.aborted === true) break;
      await tick();
    }
    this.begunMs = monotonicMs();
    this.pause(false);
  }

  private get isBroken(): boolean {
    return this.failures.length > 0 || this.agents.faults.length > 0;
  }

  private get isOver(): boolean {
    const { shutdown_secs } = this.parameters;
    const elapsedMs = monotonicMs() - this.begunMs;
    const isAborted = this.options.signal?.aborted === true;
    return isAborted || this.isBroken || elapsedMs >= shutdown_secs * 1000;
  }

  private all(holds: (phase: number) => boolean): boolean {
    const { agents } = this;
    for (let at = 0; at < agents.count; at++) if (!holds(agents.phase(at))) return false;
    return true;
  }

  /** What is due now. */
  private look(): void {
    const { stutter, stat_interval, onoff_interval, onoff_holdoff } = this.parameters;
    const elapsedMs = monotonicMs() - this.begunMs;
    if (stutter > 0) this.pause(Math.floor(elapsedMs / (stutter * 1000)) % 2 === 1);
    const statistics = this.due('statistics', elapsedMs, stat_interval * 1000);
    if (statistics) this.options.onStatistics?.(this.statistics(), this.hasFailed);
    const since = elapsedMs - onoff_holdoff * 1000;
    if (onoff_interval > 0 && since > 0 && this.due('onoff', since, onoff_interval)) this.move();
    const stalled = this.stall.look();
    if (stalled !== undefined) this.failures.push(stalled);
  }

  private readonly dueAt = { statistics: 1, onoff: 1 };

  private due(what: 'statistics' | 'onoff', elapsedMs: number, intervalMs: number): boolean {
    if (elapsedMs < this.dueAt[what] * intervalMs) return false;
    this.dueAt[what] = Math.floor(elapsedMs / intervalMs) + 1;
    return true;
  }

  private pause(isPaused: boolean): void {
    const { control } = this.agents;
    const before = Atomics.exchange(control, ControlAt.pause, isPaused ? 1 : 0);
    if (before === 1 && !isPaused) Atomics.notify(control, ControlAt.pause);
  }

  /** One agent goes, and another comes in its place. */
  private move(): void {
    // One at a time: who waits for a lock may take long to go.
    if (this.moving > 0) return;
    this.moving++;
    const at = this.random.below(this.agents.count);
    this.moves.length = 0;
    this.moves.push(this.replace(at).finally(() => this.moving--));
  }

  private async replace(at: number): Promise<void> {
    const { agents, options, parameters } = this;
    const kill = parameters.onoff_kill === 1;
    await agents.remove(at, kill);
    this.gone++;
    options.onEvent?.(`${agents.name(at)} ${kill ? 'was killed' : 'went'}`);
    if (Atomics.load(agents.control, ControlAt.stop) !== 0 || this.isOver) return;
    agents.start(at);
    options.onEvent?.(`${agents.name(at)} came`);
  }

  /** Tells all to end, and waits until they have, or cannot. */
  private async end(): Promise<void> {
    const { agents } = this;
    Atomics.store(agents.control, ControlAt.stop, 1);
    this.pause(false);
    let isGone = false;
    // Those that come and go first: a place must not be filled any more.
    const gone = Promise.all(this.moves).then(() => agents.allGone());
    void gone.then(() => (isGone = true));
    const endMs = monotonicMs() + endMsMax;
    while (!isGone && !this.isBroken) {
      await tick();
      if (isGone) return;
      const stalled = this.stall.look();
      if (stalled !== undefined) this.failures.push(stalled);
      else if (monotonicMs() > endMs) {
        const left = this.left().join(', ');
        this.failures.push(`${left} did not end within ${endMsMax / 1000} s after being told to`);
      }
    }
  }

  private left(): string[] {
    const { agents } = this;
    const places = Array.from({ length: agents.count }, (_, at) => at);
    return places.filter((at) => agents.phase(at) !== Phase.absent).map((at) => agents.name(at));
  }

  private get hasFailed(): boolean {
    return this.isBroken || this.violations().length > 0;
  }

  private violations(): string[] {
    const { agents } = this;
    const seen: string[] = [];
    for (let at = 0; at < agents.count; at++) {
      const line = agentLine(at);
      const code = Atomics.load(agents.control, line + AgentAt.code);
      if (code === Violation.none) continue;
      const other = Atomics.load(agents.control, line + AgentAt.other);
      const times = Atomics.load(agents.control, line + AgentAt.times);
      const whom = other === at ? '' : `, first ${agents.name(other)}`;
      seen.push(`${violationText(code)} (${agents.name(at)}${whom}; ${times} times)`);
    }
    return seen;
  }

  private collectFailures(): void {
    const { agents, failures, parameters } = this;
    failures.push(...agents.faults, ...this.violations());
    if (failures.length > 0 || this.type.counted !== true || parameters.onoff_kill === 1) return;
    const [writers] = this.statistics();
    if (writers?.role !== 'writers') return;
    const counted = agents.control[ControlAt.first]! >>> 0;
    if (counted === writers.total % 2 ** 32) return;
    failures.push(`${writers.total} turns of writers counted ${counted}: some were lost`);
  }

  private statistics(): RoleStatistics[] {
    const { statistics } = this.agents;
    const { nwriters_stress: writers, nreaders_stress: readers } = this.parameters;
    const roles: RoleStatistics[] = [];
    if (writers > 0) roles.push(statisticsOfRole('writers', statistics, 0, writers));
    if (readers > 0) roles.push(statisticsOfRole('readers', statistics, writers, readers));
    return roles;
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, tickMs);
  });
}
