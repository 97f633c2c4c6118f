import * as v from 'valibot';
import type { Divider } from './division.ts';
import { StateSearch, type StateOptions, type StatePiece } from './states.ts';
import { undivided } from './undivided.ts';

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

/** How `states` is saved, and goes on. It is not divided (`StateSearch`). */
export function undividedStates(options: StateOptions): Divider {
  return undivided(pieces, (piece) => new StateSearch(options, piece as StatePiece | null));
}
