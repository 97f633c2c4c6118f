import { countOf, firstOf, type Strategy } from '../../execute/strategy.ts';
import { Random } from '../../execute/random.ts';

/** A random walk: each agent that can go is as likely as any other, at every step. */
export class RandomWalk implements Strategy {
  readonly name = 'random';
  readonly everyStep = false;
  readonly repeats = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  begin(execution: number): boolean {
    this.random.seed(this.options.seed, execution);
    return true;
  }

  choose(enabled: number): number {
    let left = enabled;
    for (let skip = this.random.below(countOf(enabled)); skip > 0; skip--) left &= left - 1;
    return firstOf(left);
  }

  end(): void {
    // A walk learns nothing.
  }
}
