import * as v from 'valibot';
import { UserError } from '../../../program/errors.ts';
import { issueText } from '../../../program/schema-issue.ts';
import type { DporLink } from './piece.ts';
import type { PlainStep } from './plain-steps.ts';
import type { TrunkChild } from './trunk-node.ts';

/** What `Trunk.save` gives. */
export interface SavedTrunk {
  /** The start first, a node before those below it. */
  readonly nodes: readonly {
    /** Which node it is below, and which child of it it is; of the start: 0. */
    readonly of: number;
    readonly as: number;
    readonly elders: readonly PlainStep[];
    readonly children: readonly {
      /** Null: the whole search. */
      readonly step: PlainStep | null;
      readonly whole: boolean;
      readonly state: TrunkChild['state'];
    }[];
  }[];
  /** What threads were at: which child of which node, and what was left of it. */
  readonly running: readonly {
    readonly node: number;
    readonly child: number;
    readonly rest: readonly DporLink[] | null;
  }[];
}

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const step = v.pipe(v.array(whole), v.minLength(5));
const steps = v.array(step);
const younger = v.array(v.pipe(v.array(whole), v.minLength(6)));
const state = v.picklist(['waiting', 'running', 'node', 'done']);
const trunk = v.strictObject({
  nodes: v.array(
    v.strictObject({
      of: whole,
      as: whole,
      elders: steps,
      children: v.array(v.strictObject({ step: v.nullable(step), whole: v.boolean(), state })),
    }),
  ),
  running: v.array(
    v.strictObject({
      node: whole,
      child: whole,
      rest: v.nullable(v.array(v.strictObject({ elders: steps, step, younger }))),
    }),
  ),
});

/** @throws UserError if it is not of this form */
export function parseTrunk(saved: unknown): SavedTrunk {
  const outcome = v.safeParse(trunk, saved);
  if (!outcome.success) throw new UserError(`\`rest\`: ${issueText(trunk, outcome.issues[0])}`);
  const { nodes, running } = outcome.output;
  const hasChild = (node: number, child: number): boolean =>
    nodes[node]?.children[child] !== undefined;
  const sound =
    nodes.length > 0 &&
    nodes.every(({ of, as }, at) => at === 0 || (of < at && hasChild(of, as))) &&
    running.every(({ node, child }) => hasChild(node, child));
  if (!sound) throw new UserError('`rest` names a node that is not there');
  return outcome.output;
}
