import * as v from 'valibot';
import type { Strategy } from '../../execute/strategy.ts';
import { UserError } from '../../program/errors.ts';
import { agentCountMax } from '../../program/layout.ts';
import { issueText } from '../../program/schema-issue.ts';
import type { BoundedDporPiece } from './bounded-dpor-piece.ts';
import { BoundedDpor } from './bounded-dpor.ts';
import type { Divider, Plain } from './division.ts';
import { PieceList } from './piece-list.ts';

const whole = v.pipe(v.number(), v.integer());
const count = v.pipe(whole, v.minValue(0));
const agent = v.pipe(whole, v.minValue(-1), v.maxValue(agentCountMax - 1));
const numbers = v.array(whole);
const piece = v.pipe(
  v.strictObject({
    steps: v.array(v.pipe(numbers, v.length(3))),
    depths: v.array(
      v.strictObject({
        enabled: whole,
        todo: whole,
        done: whole,
        current: agent,
        cost: count,
        sleepers: v.array(v.pipe(numbers, v.minLength(5))),
      }),
    ),
    next: agent,
    leftOut: v.boolean(),
  }),
  v.check(
    ({ steps, depths, next }) => depths.length === (next < 0 ? 0 : steps.length + 1),
    'expected one depth more than steps',
  ),
);
/** Null: not begun. */
const pieces = v.pipe(v.array(v.nullable(piece)), v.length(1, 'expected one stack'));

/** One piece from its beginning to its end. */
class BoundedDporDivision extends PieceList {
  /** The piece, while it is run and after. */
  search: BoundedDpor | undefined;

  tell(all: Strategy): void {
    if (all instanceof BoundedDpor && this.search !== undefined) all.follow(this.search);
  }
}

/** How `dpor` with a bound is saved, and goes on. It is not divided (ARCHITECTURE.md). */
export function undividedBoundedDpor(options: { readonly preemptions: number }): Divider {
  let division = new BoundedDporDivision([]);
  const divided = (saved: readonly Plain[]): BoundedDporDivision => {
    division = new BoundedDporDivision(saved);
    return division;
  };
  return {
    onThreads: false,
    begin: () => divided([null]),
    load(saved) {
      const outcome = v.safeParse(pieces, saved);
      if (outcome.success) return divided(outcome.output);
      throw new UserError(`\`rest\`: ${issueText(pieces, outcome.issues[0])}`);
    },
    strategy(plain) {
      division.search = new BoundedDpor(options, (plain as BoundedDporPiece | null) ?? undefined);
      return division.search;
    },
  };
}
