import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import { countOf, firstOf, type Strategy } from '../../execute/strategy.ts';

/** What a directed search looks for: agents that all stand somewhere at once. */
export interface DirectedGoal {
  readonly edges: readonly unknown[];
  /** The edges that an agent is at, as a mask. */
  edgesAt(machine: Machine, agent: number): number;
}

/**
 * Active testing for a deadlock (DeadlockFuzzer: Joshi, Park, Sen, Naik, PLDI 2009): an agent that
 * holds one lock of the cycle and is about to ask for the next is delayed until at every other edge
 * somebody has arrived. When nobody is left but those who are delayed, one of them goes on.
 *
 * The same for two accesses that would race (RaceFuzzer: Sen, PLDI 2008).
 *
 * Where we differ: an edge is known by its lock classes, not by where it lies in the code, so an
 * agent passes its edge a random number of times before it is delayed there; and every second
 * execution goes on by priorities instead of a random walk, which lets one agent get far.
 */
export class Directed implements Strategy {
  readonly name = 'directed';
  readonly everyStep = false;
  readonly repeats = false;
  readonly options: { readonly seed: number };
  private readonly goal: DirectedGoal;
  private readonly random = new Random();
  /** How often each agent may still pass an edge undelayed. */
  private readonly passes: number[] = [];
  /** Each agent's priority, all the same in a random walk. */
  private readonly priorities: number[] = [];

  constructor(goal: DirectedGoal, options: { readonly seed: number }) {
    this.goal = goal;
    this.options = options;
  }

  begin(execution: number, agents: number): boolean {
    const { random } = this;
    random.seed(this.options.seed, execution);
    for (let agent = 0; agent < agents; agent++) {
      this.priorities[agent] = execution % 2 === 0 ? random.below(1 << 14) : 0;
      this.passes[agent] = 0;
      while (random.below(3) === 0) this.passes[agent]!++;
    }
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const delayed = this.delayed(enabled, machine);
    const free = enabled & ~delayed;
    const chosen = this.pick(free === 0 ? enabled : free);
    if (this.passes[chosen]! > 0 && this.goal.edgesAt(machine, chosen) !== 0) {
      this.passes[chosen]!--;
    }
    return chosen;
  }

  end(): void {
    // Each execution stands for itself.
  }

  /** Agents that wait at an edge for the others; nobody once there is somebody at each. */
  private delayed(enabled: number, machine: Machine): number {
    let delayed = 0;
    let reached = 0;
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const edges = this.goal.edgesAt(machine, agent);
      if (edges === 0) continue;
      reached |= edges;
      if (this.passes[agent] === 0) delayed |= 1 << agent;
    }
    return reached === (1 << this.goal.edges.length) - 1 ? 0 : delayed & enabled;
  }

  private pick(from: number): number {
    let highest = 0;
    let best = -1;
    for (let left = from; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const priority = this.priorities[agent]!;
      if (priority > best) highest = 0;
      if (priority >= best) highest |= 1 << agent;
      best = Math.max(best, priority);
    }
    for (let skip = this.random.below(countOf(highest)); skip > 0; skip--) highest &= highest - 1;
    return firstOf(highest);
  }
}
