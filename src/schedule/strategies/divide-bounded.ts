import * as v from 'valibot';
import type { Strategy } from '../../execute/strategy.ts';
import { UserError } from '../../program/errors.ts';
import { issueText } from '../../program/schema-issue.ts';
import { BoundedSearch, type BoundedPiece } from './bounded.ts';
import type { BoundedBy } from './bounded-cost.ts';
import type { Divider, Division, Plain, Task } from './division.ts';
import { PieceList } from './piece-list.ts';

const whole = v.pipe(v.number(), v.integer());
const count = v.pipe(whole, v.minValue(0));
const saved = v.strictObject({
  bound: count,
  leftOut: v.boolean(),
  pieces: v.array(
    v.strictObject({ bound: count, stack: v.array(whole), floor: count, begun: v.boolean() }),
  ),
});

interface SavedBound {
  readonly bound: number;
  /** Whether a schedule was left out because it costs more. */
  readonly leftOut: boolean;
  /** What is still to be run within the bound. */
  readonly pieces: readonly BoundedPiece[];
}

/** All schedules within a bound. */
function within(bound: number): BoundedPiece {
  return { bound, stack: [], floor: 0, begun: false };
}

/**
 * A search by rising bounds that threads share. Which agents are explored at a choice follows from
 * what came before it and from the bound, so within a bound pieces have nothing to do with each
 * other, but for one thing: whether any of them left something out. They say so when it happens,
 * and the next bound begins where one did, once all that lies within this one has been run.
 */
class BoundedDivision implements Division {
  private readonly boundMax: number;
  private readonly pieces: PieceList;
  private bound: number;
  private leftOut: boolean;

  constructor(boundMax: number, { bound, leftOut, pieces }: SavedBound) {
    this.boundMax = boundMax;
    this.bound = bound;
    this.leftOut = leftOut;
    this.pieces = new PieceList(pieces);
  }

  get running(): number {
    return this.pieces.running;
  }

  get waits(): boolean {
    return this.pieces.waits || this.isThrough;
  }

  take(): Task | undefined {
    if (!this.pieces.waits && this.isThrough) {
      this.bound++;
      this.leftOut = false;
      this.pieces.add(within(this.bound));
    }
    return this.pieces.take();
  }

  give(_task: number, share: Plain): void {
    this.pieces.add(share);
  }

  putBack(task: number): void {
    this.pieces.putBack(task);
  }

  done(task: number): void {
    this.pieces.done(task);
  }

  /** The piece leaves something out. */
  answer(): Plain {
    this.leftOut = true;
    return null;
  }

  save(rests: ReadonlyMap<number, Plain>): SavedBound {
    const { bound, leftOut, pieces } = this;
    return { bound, leftOut, pieces: pieces.save(rests) as BoundedPiece[] };
  }

  tell(all: Strategy): void {
    const { bound, leftOut } = this;
    const exhausted = !this.waits && this.running === 0;
    if (all instanceof BoundedSearch) all.reach({ bound, leftOut, exhausted });
  }

  /** Whether the bound has been run, and there is another one to be run. */
  private get isThrough(): boolean {
    const { pieces, leftOut, bound, boundMax } = this;
    return !pieces.waits && pieces.running === 0 && leftOut && bound < boundMax;
  }
}

/** How `preemptions` and `delays` are divided. */
export function dividedBounded(name: BoundedBy, options: { readonly bound: number }): Divider {
  return {
    begin: () => {
      return new BoundedDivision(options.bound, { bound: 0, leftOut: false, pieces: [within(0)] });
    },
    load(plain) {
      const outcome = v.safeParse(saved, plain);
      if (outcome.success) return new BoundedDivision(options.bound, outcome.output);
      throw new UserError(`\`rest\`: ${issueText(saved, outcome.issues[0])}`);
    },
    strategy: (piece, ask) =>
      new BoundedSearch(name, options, piece as BoundedPiece, () => void ask(null)),
  };
}
