import type { Machine } from '../../execute/machine.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import { Pct } from './pct.ts';
import { RandomWalk } from './random.ts';

/** A random walk takes over from the second execution on after this many choices at the least. */
const choicesMin = 64;

/**
 * Fair PCT: priorities as in {@link Pct} for as many choices as the longest execution so far had,
 * and a random walk after that, which is fair with probability 1. A program that waits by turning
 * over and over without pausing ends under it, which it need not under `pct`; below that length it
 * finds what `pct` finds.
 */
export class FairPct implements Strategy {
  readonly name = 'fair-pct';
  readonly everyStep = false;
  readonly repeats = true;
  readonly options: { readonly seed: number; readonly depth: number };
  private readonly unfair: Pct;
  private readonly fair: RandomWalk;
  private choices = 0;
  /** Choices of the longest execution that ended by itself within the bound of its time. */
  private bound = choicesMin;

  constructor(options: { readonly seed: number; readonly depth: number }) {
    this.options = options;
    this.unfair = new Pct(options);
    this.fair = new RandomWalk({ seed: options.seed });
  }

  begin(execution: number, agents: number): boolean {
    this.choices = 0;
    this.fair.begin(execution);
    return this.unfair.begin(execution, agents);
  }

  choose(enabled: number, current: number, machine: Machine): number {
    if (this.choices++ < this.bound) return this.unfair.choose(enabled, current, machine);
    return this.fair.choose(enabled);
  }

  end(outcome: ExecutionOutcome): void {
    this.unfair.end(outcome);
    if (outcome.end === 'completed' && this.choices > this.bound) this.bound = this.choices;
  }
}
