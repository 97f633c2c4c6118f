import * as v from 'valibot';
import { UserError } from '../../program/errors.ts';
import { issueText } from '../../program/schema-issue.ts';
import { DepthFirst, type DepthFirstPiece } from './dfs.ts';
import type { Divider } from './division.ts';
import { PieceList } from './piece-list.ts';

const whole = v.pipe(v.number(), v.integer());
const pieces = v.array(
  v.strictObject({
    stack: v.array(whole),
    widths: v.array(v.number()),
    floor: v.pipe(whole, v.minValue(0)),
    begun: v.boolean(),
  }),
);

const nothing: DepthFirstPiece = { stack: [], widths: [], floor: 0, begun: false };

/**
 * How `dfs` is divided. Whom to explore at a choice, and who sleeps there, depends only on the
 * choices before it and on which agents were explored there before; so a later agent of a choice,
 * with the earlier ones for sleepers, is a search by itself.
 */
export function dividedDepthFirst(options: { readonly preemptions: number }): Divider {
  return {
    begin: () => new PieceList([nothing]),
    load(saved) {
      const outcome = v.safeParse(pieces, saved);
      if (outcome.success) return new PieceList(outcome.output);
      throw new UserError(`\`rest\`: ${issueText(pieces, outcome.issues[0])}`);
    },
    strategy: (piece) => new DepthFirst(options, piece as DepthFirstPiece),
  };
}
