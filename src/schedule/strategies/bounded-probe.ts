import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import type { ExecutionOutcome, Progress, Strategy } from '../../execute/strategy.ts';
import { costOf, freeAgent, type BoundedBy } from './bounded-cost.ts';
import { ProbeMean } from './probe-mean.ts';

/** Probes at least and at most at a time; between, they end when the mean is known to a tenth. */
const probesMin = 300;
const probesMax = 2000;
const spreadEnough = 0.1;
/** Steps of all probes after which there are no more. */
const stepsMax = 400_000;

/**
 * How many executions a search by rising bounds has, those of all bounds together: Knuth's probes
 * (Mathematics of Computation 29, 1975) of the tree of the largest bound. A schedule of cost c is
 * run by each bound from c on, up to the largest cost there is: that is taken to be the largest
 * that a probe had.
 */
export class BoundedEstimate {
  readonly bound: number;
  private readonly probes: { readonly schedules: number; readonly cost: number }[] = [];
  private costMax = 0;

  constructor(bound: number) {
    this.bound = bound;
  }

  get count(): number {
    return this.probes.length;
  }

  add(schedules: number, cost: number): void {
    this.probes.push({ schedules, cost });
    this.costMax = Math.max(this.costMax, cost);
  }

  progress(run: number): Progress {
    return this.mean().progress(run);
  }

  /** Whether the mean is known well enough. */
  get settled(): boolean {
    const { spread, mean } = this.mean();
    return spread !== undefined && spread <= spreadEnough * mean;
  }

  private mean(): ProbeMean {
    const mean = new ProbeMean();
    for (const { schedules, cost } of this.probes) {
      mean.add(schedules * (this.costMax - cost + 1));
    }
    return mean;
  }
}

/** Random executions within a bound, each of which stands for so many like it. */
export class BoundedProbe implements Strategy {
  readonly name = 'bounded-probe';
  readonly everyStep = false;
  readonly repeats = false;
  readonly options: { readonly seed: number };
  private readonly by: BoundedBy;
  private readonly estimate: BoundedEstimate;
  private readonly random = new Random();
  private readonly before: number;
  private agents = 0;
  private cost = 0;
  private schedules = 1;
  private steps = 0;

  constructor(seed: number, by: BoundedBy, estimate: BoundedEstimate) {
    this.options = { seed };
    this.by = by;
    this.estimate = estimate;
    this.before = estimate.count;
  }

  begin(execution: number, agents: number): boolean {
    const count = this.estimate.count - this.before;
    if (count >= probesMax || (count >= 2 && this.steps >= stepsMax)) return false;
    if (count >= probesMin && count % 50 === 0 && this.estimate.settled) return false;
    this.random.seed(this.options.seed, this.before + execution);
    this.agents = agents;
    this.cost = 0;
    this.schedules = 1;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const { by, agents } = this;
    const free = freeAgent(by, enabled, current, machine, agents);
    const open: { agent: number; cost: number }[] = [];
    for (let agent = 0; agent < agents; agent++) {
      if ((enabled & (1 << agent)) === 0) continue;
      const cost = costOf(by, free, agent, enabled, agents);
      if (this.cost + cost <= this.estimate.bound) open.push({ agent, cost });
    }
    const { agent, cost } = open[this.random.below(open.length)]!;
    this.schedules *= open.length;
    this.cost += cost;
    return agent;
  }

  end({ steps }: ExecutionOutcome): void {
    this.steps += steps;
    this.estimate.add(this.schedules, this.cost);
  }
}
