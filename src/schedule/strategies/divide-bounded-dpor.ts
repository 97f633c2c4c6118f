import * as v from 'valibot';
import { agentCountMax } from '../../program/layout.ts';
import type { BoundedDporPiece } from './bounded-dpor-piece.ts';
import { BoundedDpor } from './bounded-dpor.ts';
import type { Divider } from './division.ts';
import { undivided } from './undivided.ts';

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

/** How `dpor` with a bound is saved, and goes on. It is not divided (ARCHITECTURE.md). */
export function undividedBoundedDpor(options: { readonly preemptions: number }): Divider {
  return undivided(
    pieces,
    (plain) => new BoundedDpor(options, (plain as BoundedDporPiece | null) ?? undefined),
  );
}
