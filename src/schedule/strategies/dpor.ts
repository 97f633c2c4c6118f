import type { Machine } from '../../execute/machine.ts';
import type { ExecutionOutcome, Progress, Strategy } from '../../execute/strategy.ts';
import { unbounded } from './dfs.ts';
import type { PieceStrategy, Plain } from './division.ts';
import { DporProbe } from './dpor-probe.ts';
import type { InsertAbove } from './dpor/ancestors.ts';
import { ParsimoniousSearch } from './dpor/parsimonious/parsimonious-search.ts';
import { isBeginnings, type AnyDporPiece } from './dpor/piece.ts';
import { WakeupSearch } from './dpor/wakeup-search.ts';
import { ProbeMean } from './probe-mean.ts';

/**
 * Optimal dynamic partial order reduction, by replay: one execution for each Mazurkiewicz trace,
 * none of them abandoned or run twice.
 *
 * There are two ways to search. One keeps nothing but how a few executions begin
 * (`dpor/parsimonious/`). The other one, which keeps wakeup trees (`dpor/wakeup-search.ts`), is for
 * programs in which operations that commute may keep others out: readers of a lock without a queue,
 * users of a reference. Which one it is depends on the program alone.
 */
export class Dpor implements PieceStrategy {
  readonly name = 'dpor';
  readonly everyStep = true;
  readonly repeats = false;
  readonly goesOn = true;
  readonly missesStates = true;
  readonly options: { readonly preemptions: number } = { preemptions: unbounded };
  /** True once every trace has been run. */
  exhausted = false;
  private begun = false;
  private readonly estimate = new ProbeMean();
  /** Executions that have ended. */
  private run = 0;
  private agents = 0;
  private search: ParsimoniousSearch | WakeupSearch | undefined;
  private readonly piece: AnyDporPiece | undefined;
  private readonly above: InsertAbove | undefined;

  /**
   * @param piece - what is to be run; default: the whole search
   * @param above - takes the sequences that belong to depths of the piece's path
   */
  constructor(piece?: AnyDporPiece, above?: InsertAbove) {
    this.piece = piece;
    this.above = above;
  }

  begin(_execution: number, agents: number): boolean {
    this.agents = agents;
    if (this.begun && !(this.search?.begin() ?? false)) {
      this.exhausted = true;
      return false;
    }
    this.begun = true;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const search = this.search ?? this.prepare(machine);
    return search.choose(enabled, current, machine);
  }

  end(outcome: ExecutionOutcome): void {
    this.run++;
    this.search?.end(outcome);
  }

  /** Executions given up as all who could go were asleep; the theory says that there are none. */
  get blocked(): number {
    return this.search?.blocked ?? 0;
  }

  /** What waits to be run, in steps: now, and at the most. */
  get waiting(): { readonly now: number; readonly most: number } {
    return this.search?.waiting ?? { now: 0, most: 0 };
  }

  progress(run: number = this.run): Progress {
    return this.estimate.progress(run);
  }

  probe(seed: number): Strategy {
    return new DporProbe(seed, this.estimate);
  }

  give(): Plain {
    return this.search?.give();
  }

  rest(): Plain {
    return this.search?.rest();
  }

  /** Only with the first step of the first execution is the program known. */
  private prepare(machine: Machine): ParsimoniousSearch | WakeupSearch {
    const { piece, agents, above } = this;
    if (isBeginnings(piece)) {
      this.search = new ParsimoniousSearch(machine, agents, piece.beginnings);
    } else if (machine.sharersExclude || (piece !== undefined && piece.path.length > 0)) {
      this.search = new WakeupSearch(machine, agents, piece, above);
    } else this.search = new ParsimoniousSearch(machine, agents);
    return this.search;
  }
}
