import type { Machine } from '../../execute/machine.ts';
import { agentCountMax } from '../../program/layout.ts';
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
/** How often an agent that can go on does so without a draw. */
const staying = 0.5;
/** What an agent counts that is thought to be at its end. */
const weightMin = 0.5;

/**
 * How many Mazurkiewicz traces a program has, and so how many executions `dpor` runs: random
 * executions, each of which is an unbiased estimate, by importance sampling.
 *
 * An execution s is drawn with a known probability p(s). Of its trace t any other
 * execution could have been drawn: let q(s|t) be the probability of s if it were drawn in the same
 * way, but among those agents only whose next step follows nothing in t that has not been made yet.
 * For each trace the q(s|t) sum to 1 over its executions, so the expectation of q(s|t)/p(s) is the
 * sum over all traces of 1: their number. Where all steps depend on each other this is Knuth's
 * estimate of the number of schedules (Mathematics of Computation 29, 1975); where none do, every
 * probe says 1. No probe is given up, unlike in the tree of depth-first search with sleep sets.
 *
 * How agents are drawn decides only how far the probes differ. Here the one that moved goes on in
 * half of the cases (traces in which somebody must go far before another begins are met too rarely
 * otherwise); else each is as likely as it is thought to have steps left, by the probes before.
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
  private readonly stepsOf: Float64Array = new Float64Array(agentCountMax + 1);
  private readonly made: Float64Array = new Float64Array(agentCountMax + 1);
  private ended = 0;
  /** Logarithm of the probability of what was drawn. */
  private drawn = 0;

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
    this.drawn = 0;
    this.steps?.truncate(0);
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const { steps, order } = this.prepare(machine);
    let all = 0;
    for (let left = enabled; left !== 0; left &= left - 1) all += this.weight(firstOf(left));
    const on = current >= 0 && (enabled & (1 << current)) !== 0;
    const chosen = on && this.draw() < staying ? current : this.drawAmong(enabled, all);
    this.drawn += Math.log(probability(on, chosen === current, this.weight(chosen) / all));
    this.made[chosen] = this.made[chosen]! + 1;
    steps.push(machine, chosen);
    order.add();
    return chosen;
  }

  end(outcome: ExecutionOutcome): void {
    this.stepsDone += outcome.steps;
    const { steps, order } = this;
    if (steps === undefined || order === undefined) {
      this.estimate.add(1);
      return;
    }
    this.estimate.add(Math.exp(this.inTrace(steps, order) - this.drawn));
    for (let agent = 0; agent < this.agents; agent++) {
      this.stepsOf[agent] = this.stepsOf[agent]! + this.made[agent]!;
    }
    this.ended++;
  }

  private draw(): number {
    return this.random.next() / 2 ** 32;
  }

  private drawAmong(enabled: number, all: number): number {
    let point = this.draw() * all;
    let chosen = firstOf(enabled);
    for (let left = enabled; left !== 0; left &= left - 1) {
      chosen = firstOf(left);
      point -= this.weight(chosen);
      if (point < 0) break;
    }
    return chosen;
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

  /** Logarithm of the probability of the same steps, if no other trace could be drawn. */
  private inTrace(steps: Steps, order: HappensBefore): number {
    const { agents, made } = this;
    const { next, after } = this.nextSteps(steps);
    made.fill(0);
    let sum = 0;
    let current = -1;
    for (let at = 0; at < steps.length; at++) {
      let all = 0;
      let on = false;
      for (let agent = 0; agent < agents; agent++) {
        const step = next[agent]!;
        if (step < 0 || !isNext(order, step, agent, at)) continue;
        all += this.weight(agent);
        if (agent === current) on = true;
      }
      const agent = steps.agent[at]!;
      sum += Math.log(probability(on, agent === current, this.weight(agent) / all));
      made[agent] = made[agent]! + 1;
      next[agent] = after[at]!;
      current = agent;
    }
    return sum;
  }

  /** Each agent's first step, and for each step the agent's next one; -1: none. */
  private nextSteps(steps: Steps): { next: Int32Array; after: Int32Array } {
    const next = new Int32Array(this.agents).fill(-1);
    const after = new Int32Array(steps.length);
    for (let at = steps.length - 1; at >= 0; at--) {
      after[at] = next[steps.agent[at]!]!;
      next[steps.agent[at]!] = at;
    }
    return { next, after };
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

/**
 * @param on - whether the agent that moved could go on
 * @param stays - whether it does
 * @param part - the chosen one's part of the weights of all who could be drawn
 */
function probability(on: boolean, stays: boolean, part: number): number {
  if (!on) return part;
  return (stays ? staying : 0) + (1 - staying) * part;
}

/** Whether all that a step follows is among the first so many steps, but for the agent's own. */
function isNext(order: HappensBefore, step: number, agent: number, made: number): boolean {
  const { clocks, width } = order;
  for (let other = 0; other < width; other++) {
    if (other !== agent && clocks[step * width + other]! > made) return false;
  }
  return true;
}
