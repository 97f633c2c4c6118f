import { isEndless } from '../check/livelock.ts';
import { Coroutines } from '../execute/coroutines.ts';
import { monotonicMs } from '../execute/clock.ts';
import type { Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { DepthFirst } from './strategies/dfs.ts';
import { LooseReplay, preemptionsAt } from './strategies/loose-replay.ts';

/** A schedule that shows a finding, cut off where the finding becomes true. */
export interface ShortSchedule {
  readonly steps: RecordedSteps;
  readonly preemptions: number;
  /** True if no schedule with fewer preemptions shows it: all of them were tried. */
  readonly fewestPreemptions: boolean;
}

export interface MinimiseOptions {
  /** Executions to spend on each part of the work; default 4,000. */
  readonly executions?: number;
  /** Milliseconds to spend at the most on each part; default 1,500. */
  readonly ms?: number;
}

/**
 * Makes a schedule short while the finding stays the same: fewest preemptions first, then fewest
 * steps. Blocks of it are left out or moved together as long as that helps; then all schedules of
 * fewer preemptions are tried, within the budget.
 *
 * @param agents - the agents in the order of their steps
 * @param key - the finding's key
 * @returns undefined if the schedule does not show the finding
 */
export function minimise(
  program: Program,
  agents: ArrayLike<number>,
  key: string,
  options: MinimiseOptions = {},
): ShortSchedule | undefined {
  return new Minimiser(program, key, options).run(agents);
}

class Minimiser {
  private readonly coroutines: Coroutines;
  private readonly replay: LooseReplay;
  private readonly key: string;
  private readonly executionsMax: number;
  private readonly msMax: number;
  private readonly triedBefore = new Set<string>();

  constructor(program: Program, key: string, options: MinimiseOptions) {
    this.coroutines = new Coroutines(program);
    this.key = key;
    this.replay = new LooseReplay(isEndless(key));
    this.executionsMax = options.executions ?? 4000;
    this.msMax = options.ms ?? 1500;
  }

  run(agents: ArrayLike<number>): ShortSchedule | undefined {
    const first = this.begin(agents) ?? this.try(agents);
    if (first === undefined) return undefined;
    const greedy = this.shorten(first);
    const searched = this.search(greedy);
    const better = searched.best === undefined ? greedy : this.shorten(searched.best);
    return { ...better, fewestPreemptions: searched.below || better.preemptions === 0 };
  }

  /**
   * Agents that go round do so from early on, and went round until the step bound: the first few
   * steps may be enough, as turns follow by themselves.
   */
  private begin(agents: ArrayLike<number>): ShortSchedule | undefined {
    if (!this.replay.judges) return undefined;
    const all = Array.from(agents);
    for (let length = 0; length < all.length; length = Math.max(1, length * 2)) {
      const outcome = this.try(all.slice(0, length));
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  /**
   * Leaves out, and moves together, blocks of steps of one agent, while that makes the schedule
   * better.
   */
  private shorten(from: ShortSchedule): ShortSchedule {
    let best = from;
    const until = monotonicMs() + this.msMax;
    for (let improved = true; improved && monotonicMs() < until;) {
      improved = false;
      for (const candidate of candidates(best.steps.agents)) {
        const outcome = this.try(candidate);
        if (outcome !== undefined && better(outcome, best)) {
          best = outcome;
          improved = true;
          break;
        }
        if (monotonicMs() > until) break;
      }
    }
    return best;
  }

  /** Tries schedules of fewer preemptions, bound by bound. */
  private search(from: ShortSchedule): { best: ShortSchedule | undefined; below: boolean } {
    const until = monotonicMs() + this.msMax;
    for (let bound = 0; bound < from.preemptions; bound++) {
      const strategy = new DepthFirst({ preemptions: bound });
      let best: ShortSchedule | undefined;
      let executions = 0;
      this.coroutines.runAll(strategy, 0, () => {
        best = this.taken(this.coroutines.record.agents.slice(0, this.coroutines.record.length));
        return best !== undefined || ++executions >= this.executionsMax || monotonicMs() > until;
      });
      if (best !== undefined) {
        const replayed = this.try(best.steps.agents);
        if (replayed !== undefined) return { best: replayed, below: true };
      }
      if (!strategy.exhausted) return { best: undefined, below: false };
    }
    return { best: undefined, below: true };
  }

  private try(agents: ArrayLike<number>): ShortSchedule | undefined {
    const signature = Array.prototype.join.call(agents, ' ');
    if (this.triedBefore.has(signature)) return undefined;
    this.triedBefore.add(signature);
    this.replay.follow(agents);
    this.coroutines.runAll(this.replay, 0, () => true);
    return this.taken(undefined);
  }

  /** What the execution that just ended showed, if it showed the finding. */
  private taken(agents: Int32Array | undefined): ShortSchedule | undefined {
    const { checks, record } = this.coroutines;
    const finding = checks!.findings.find((one) => one.key === this.key);
    if (finding === undefined) return undefined;
    const length = Math.max(1, checks!.stepsAt(finding.event));
    const steps = record.steps();
    return {
      steps: {
        agents: steps.agents.slice(0, length),
        kinds: steps.kinds.slice(0, length),
        objects: steps.objects.slice(0, length),
      },
      preemptions: agents === undefined ? preemptionsAt(this.replay.preemptions, length) : 0,
      fewestPreemptions: false,
    };
  }
}

function better(one: ShortSchedule, other: ShortSchedule): boolean {
  if (one.preemptions !== other.preemptions) return one.preemptions < other.preemptions;
  if (one.steps.agents.length !== other.steps.agents.length) {
    return one.steps.agents.length < other.steps.agents.length;
  }
  return blocksOf(one.steps.agents).length < blocksOf(other.steps.agents).length;
}

interface Block {
  readonly agent: number;
  readonly count: number;
}

function blocksOf(agents: ArrayLike<number>): Block[] {
  const blocks: { agent: number; count: number }[] = [];
  for (let i = 0; i < agents.length; i++) {
    const last = blocks[blocks.length - 1];
    if (last !== undefined && last.agent === agents[i]) last.count++;
    else blocks.push({ agent: agents[i]!, count: 1 });
  }
  return blocks;
}

/**
 * Schedules that may be better: an agent left out, a block left out, a block moved to its agent's
 * next or previous.
 */
function* candidates(agents: ArrayLike<number>): Generator<number[]> {
  const all = Array.from(agents);
  for (const agent of new Set(all)) yield all.filter((one) => one !== agent);
  const blocks = blocksOf(agents);
  const flat = (list: readonly Block[]): number[] => {
    return list.flatMap(({ agent, count }) => new Array<number>(count).fill(agent));
  };
  for (let i = 0; i < blocks.length; i++) {
    const without = blocks.filter((_, at) => at !== i);
    yield flat(without);
    const next = blocks.findIndex((block, at) => at > i && block.agent === blocks[i]!.agent);
    if (next > 0) {
      yield flat([
        ...blocks.slice(0, i),
        ...blocks.slice(i + 1, next),
        blocks[i]!,
        ...blocks.slice(next),
      ]);
      yield flat([
        ...blocks.slice(0, i + 1),
        blocks[next]!,
        ...blocks.slice(i + 1, next),
        ...blocks.slice(next + 1),
      ]);
    }
  }
  for (let i = 0; i < blocks.length; i++) {
    const { agent, count } = blocks[i]!;
    if (count > 1)
      yield flat([...blocks.slice(0, i), { agent, count: count - 1 }, ...blocks.slice(i + 1)]);
  }
}
