import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import type { Strategy } from '../../execute/strategy.ts';
import { agentCountMax } from '../../program/layout.ts';
import { isCounted, StepCounts, weighted } from './step-counts.ts';

/**
 * Uniform random walk (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025): an agent is chosen with
 * probability in proportion to the steps that it has left. With exact counts and no waiting every
 * interleaving is equally likely.
 *
 * Where we differ: the counts are the most that any counted execution showed (`step-counts.ts`).
 */
export class UniformRandomWalk implements Strategy {
  readonly name = 'urw';
  readonly everyStep = true;
  readonly repeats = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  private readonly counts = new StepCounts();
  /** Steps that each agent has left in this execution, as far as is known. */
  private readonly left = new Int32Array(agentCountMax);
  /** Executions run before this one. */
  private run = -1;
  private counting = false;

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  begin(execution: number, agents: number): boolean {
    this.random.seed(this.options.seed, execution);
    this.counting = isCounted(++this.run);
    if (this.counting) this.counts.begin(agents);
    this.left.set(this.counts.steps);
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const one = (enabled & (enabled - 1)) === 0;
    const chosen = one
      ? 31 - Math.clz32(enabled)
      : weighted(enabled, this.left, this.random.next());
    this.left[chosen] = this.left[chosen]! - 1;
    if (this.counting) this.counts.note(chosen, machine);
    return chosen;
  }

  end(): void {
    if (this.counting) this.counts.end();
  }
}
