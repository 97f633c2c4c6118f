import type { Machine } from '../../execute/machine.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';
import { Random } from '../../execute/random.ts';

/**
 * Partial order sampling (Yuan, Yang, Gu, CAV 2018): each operation gets a random priority when its
 * agent arrives at it, and the operation of the highest priority that can go goes. What raced with
 * it, the pending operations that may not be swapped with it, get fresh priorities, so that the
 * orders of independent operations do not weigh on those of dependent ones.
 *
 * Operations that cannot go keep what they drew. An agent that goes round a loop (`pause`, `retry`)
 * draws again each time, which is fair with probability 1.
 */
export class PartialOrderSampling implements Strategy {
  readonly name = 'pos';
  readonly everyStep = true;
  readonly repeats = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  /** Of the operation that each agent is at; the larger goes first. */
  private readonly priority = new Uint32Array(32);

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  begin(execution: number, agents: number): boolean {
    this.random.seed(this.options.seed, execution);
    for (let agent = 0; agent < agents; agent++) this.priority[agent] = this.random.next();
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const { priority, random } = this;
    let chosen = firstOf(enabled);
    for (let left = enabled & (enabled - 1); left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (priority[agent]! > priority[chosen]!) chosen = agent;
    }
    for (let left = machine.alive & ~(1 << chosen); left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (machine.dependent(chosen, agent)) priority[agent] = random.next();
    }
    priority[chosen] = random.next();
    return chosen;
  }

  end(): void {
    // Nothing is learned.
  }
}
