import type { Machine } from '../../execute/machine.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import { BoundedSearch } from './bounded.ts';
import { GuidedSampling } from './guided.ts';
import { Pct } from './pct.ts';
import { PartialOrderSampling } from './pos.ts';
import { RandomWalk } from './random.ts';
import { SelectiveRandomWalk } from './surw.ts';
import { UniformRandomWalk } from './urw.ts';

/**
 * Whose turn it is, over and over: each strategy is the best one for some kind of bug, and the
 * figures of `npm run bench -- bugs` say how often each was.
 */
const turns = [0, 1, 2, 0, 3, 1, 0, 4, 2, 0, 5, 1, 0, 6, 2];

/**
 * Several strategies in turns, so that no kind of bug is out of reach of the budget; which of them
 * made an execution is said by {@link acting}.
 */
export class Portfolio implements Strategy {
  readonly name = 'portfolio';
  readonly everyStep = true;
  readonly repeats = true;
  readonly learns = true;
  readonly options: { readonly seed: number; readonly depth: number };
  private readonly members: readonly Strategy[];
  /** The next turn. */
  private turn = 0;
  private member: Strategy;

  constructor(options: { readonly seed: number; readonly depth: number }) {
    this.options = options;
    const { seed, depth } = options;
    this.members = [
      new SelectiveRandomWalk({ seed }),
      new UniformRandomWalk({ seed }),
      new PartialOrderSampling({ seed }),
      new Pct({ seed, depth }),
      new BoundedSearch('delays', { bound: 1000 }),
      new RandomWalk({ seed }),
      new GuidedSampling({ seed }),
    ];
    this.member = this.members[0]!;
  }

  /** The name of the strategy that makes the present execution. */
  get acting(): string {
    return this.member.name;
  }

  begin(execution: number, agents: number): boolean {
    for (;;) {
      this.member = this.members[turns[this.turn++ % turns.length]!]!;
      // The bounded search ends at some time; the others never do.
      if (this.member.begin(execution, agents)) return true;
    }
  }

  choose(enabled: number, current: number, machine: Machine): number {
    if (!this.member.everyStep && (enabled & (enabled - 1)) === 0) {
      return 31 - Math.clz32(enabled);
    }
    return this.member.choose(enabled, current, machine);
  }

  end(outcome: ExecutionOutcome): void {
    this.member.end(outcome);
  }
}
