import * as v from 'valibot';
import type { Strategy } from '../../execute/strategy.ts';
import { UserError } from '../../program/errors.ts';
import { issueText } from '../../program/schema-issue.ts';
import type { Divider, Plain } from './division.ts';
import { PieceList } from './piece-list.ts';
import { StateSearch, type StateOptions, type StatePiece } from './states.ts';

const whole = v.pipe(v.number(), v.integer());
const numbers = v.pipe(
  v.string(),
  v.base64('expected numbers in base64'),
  v.check((text) => Buffer.from(text, 'base64').length % 8 === 0, 'expected numbers of 8 bytes'),
);
/** Null: not begun. */
const pieces = v.pipe(
  v.array(
    v.nullable(
      v.strictObject({
        stack: v.array(whole),
        states: numbers,
        trusted: v.boolean(),
        apart: v.optional(whole),
      }),
    ),
  ),
  v.maxLength(1, 'expected one stack at the most'),
);

/** A search of states, which is one piece from its beginning to its end. */
class StateDivision extends PieceList {
  /** The piece, while it is run and after. */
  search: StateSearch | undefined;

  tell(all: Strategy): void {
    if (all instanceof StateSearch && this.search !== undefined) all.follow(this.search);
  }
}

/** How `states` is saved, and goes on. It is not divided (`StateSearch`). */
export function undividedStates(options: StateOptions): Divider {
  let division = new StateDivision([]);
  const divided = (saved: readonly Plain[]): StateDivision => {
    division = new StateDivision(saved);
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
    strategy(piece) {
      division.search = new StateSearch(options, piece as StatePiece | null);
      return division.search;
    },
  };
}
