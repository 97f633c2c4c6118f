import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import { firstOf, type ExecutionOutcome, type Strategy } from '../../execute/strategy.ts';
import { Footprints } from './dpor/footprints.ts';
import { HappensBefore } from './dpor/happens-before.ts';
import { Steps } from './dpor/steps.ts';
import type { ProbeMean } from './probe-mean.ts';

/** Probes at least and at most at a time; between, they end when the mean is known to a tenth. */
const probesMin = 200;
const probesMax = 2000;
const spreadEnough = 0.1;
/** Steps of all probes after which there are no more. */
const stepsMax = 400_000;
/** What an agent counts that is thought to be at its end. */
const weightMin = 0.5;

/**
 * How many Mazurkiewicz traces a program has, and so how many executions `dpor` runs: random
 * executions, each of which is an unbiased estimate, by importance sampling.
 *
 * An execution s is drawn with a probability p(s): among the agents that can go, each is as likely
 * as it is thought to have steps left (what the probes before had on the average). Of the trace t
 * that it belongs to any other execution could have been drawn: let q(s|t) be the probability of s
 * if only agents were let go whose next step follows nothing in t that has not been made yet. For
 * each trace the q(s|t) sum to 1 over its executions, so the expectation of q(s|t)/p(s) is the sum
 * over all traces of 1: their number. At each step the quotient takes a factor: the weight of all
 * who can go over the weight of those whose turn it may be in the trace. Where all steps depend on
 * each other it is Knuth's estimate of the number of schedules (Mathematics of Computation 29,
 * 1975); where none do, every probe says 1. No probe is ever given up, unlike in the tree of
 * depth-first search with sleep sets.
 */
export class DporProbe implements Strategy {
  readonly name = 'dpor-probe';
  readonly everyStep = true;
  readonly repeats = false;
  readonly goesOn = true;
  readonly options: { readonly seed: number };
  private readonly estimate: ProbeMean;
  private readonly random = new Random();
  private agents = 0;
  /** Probes made before, which the numbers of these come after. */
  private readonly before: number;
  private stepsDone = 0;
  private steps: Steps | undefined;
  private order: HappensBefore | undefined;
  /** Steps of each agent: of all probes that have ended, and of the present one. */
  private readonly stepsOf: Float64Array = new Float64Array(32);
  private readonly made: Float64Array = new Float64Array(32);
  private ended = 0;
  /** Logarithm of the product of the weights of those who could go. */
  private logWeights = 0;

  constructor(seed: number, estimate: ProbeMean) {
    this.options = { seed };
    this.estimate = estimate;
    this.before = estimate.count;
  }

  begin(execution: number, agents: number): boolean {
    if (this.enough()) return false;
    this.random.seed(this.options.seed, this.before + execution);
    this.agents = agents;
    this.made.fill(0);
    this.logWeights = 0;
    this.steps?.truncate(0);
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const { steps, order } = this.prepare(machine);
    let all = 0;
    for (let left = enabled; left !== 0; left &= left - 1) all += this.weight(firstOf(left));
    let point = (this.random.next() / 2 ** 32) * all;
    let chosen = firstOf(enabled);
    for (let left = enabled; left !== 0; left &= left - 1) {
      chosen = firstOf(left);
      point -= this.weight(chosen);
      if (point < 0) break;
    }
    this.logWeights += Math.log(all);
    this.made[chosen] = this.made[chosen]! + 1;
    steps.push(machine, chosen);
    order.add();
    return chosen;
  }

  end(outcome: ExecutionOutcome): void {
    this.stepsDone += outcome.steps;
    const { steps, order } = this;
    if (steps === undefined || order === undefined) this.estimate.add(1);
    else this.estimate.add(Math.exp(this.logWeights - this.logTurns(steps, order)));
    for (let agent = 0; agent < this.agents; agent++) {
      let count = 0;
      for (let at = steps?.lastOf[agent] ?? -1; at >= 0; at = steps!.previous[at]!) count++;
      this.stepsOf[agent] = this.stepsOf[agent]! + count;
    }
    this.ended++;
  }

  /** Steps that the agent is thought to have left; before the first probe has ended: one. */
  private weight(agent: number): number {
    if (this.ended === 0) return 1;
    return Math.max(weightMin, this.stepsOf[agent]! / this.ended - this.made[agent]!);
  }

  private prepare(machine: Machine): { steps: Steps; order: HappensBefore } {
    if (this.steps === undefined || this.order === undefined) {
      const footprints = new Footprints();
      this.steps = new Steps(machine.memory, footprints);
      this.order = new HappensBefore(this.steps, footprints, this.agents);
    }
    return { steps: this.steps, order: this.order };
  }

  /** Logarithm of the product of the weights of those whose turn it may be in the trace. */
  private logTurns(steps: Steps, order: HappensBefore): number {
    const { agents, made } = this;
    const next = this.firstSteps(steps);
    made.fill(0);
    let sum = 0;
    for (let at = 0; at < steps.length; at++) {
      let weights = 0;
      for (let agent = 0; agent < agents; agent++) {
        const step = next.step[agent]!;
        if (step >= 0 && isNext(order, step, agent, at)) weights += this.weight(agent);
      }
      sum += Math.log(weights);
      const agent = steps.agent[at]!;
      made[agent] = made[agent]! + 1;
      next.step[agent] = next.after[at]!;
    }
    return sum;
  }

  /** Each agent's first step, and for each step the agent's next one; -1: none. */
  private firstSteps(steps: Steps): { step: Int32Array; after: Int32Array } {
    const step = new Int32Array(this.agents).fill(-1);
    const after = new Int32Array(steps.length);
    for (let at = steps.length - 1; at >= 0; at--) {
      after[at] = step[steps.agent[at]!]!;
      step[steps.agent[at]!] = at;
    }
    return { step, after };
  }

  private enough(): boolean {
    const { estimate, before } = this;
    const count = estimate.count - before;
    if (count >= probesMax || (count >= 2 && this.stepsDone >= stepsMax)) return true;
    if (count < probesMin) return false;
    const { spread, mean } = estimate;
    return spread !== undefined && spread <= spreadEnough * mean;
  }
}

/** Whether all that a step follows is among the first so many steps, but for the agent's own. */
function isNext(order: HappensBefore, step: number, agent: number, made: number): boolean {
  const { clocks, width } = order;
  for (let other = 0; other < width; other++) {
    if (other !== agent && clocks[step * width + other]! > made) return false;
  }
  return true;
}
