import * as v from 'valibot';
import { UserError } from '../../program/errors.ts';
import { agentCountMax } from '../../program/layout.ts';
import { issueText } from '../../program/schema-issue.ts';
import { ClassSearch } from './class-search.ts';
import { ClassDivision, type SavedClasses } from './classes/class-division.ts';
import type { ClassPiece } from './classes/class-piece.ts';
import type { Equivalence } from './classes/compared-words.ts';
import type { Divider } from './division.ts';

const whole = v.pipe(v.number(), v.integer());
const count = v.pipe(whole, v.minValue(0));
const agent = v.pipe(count, v.maxValue(agentCountMax - 1));
const objects = v.array(count);
const head = v.optional(v.strictObject({ agent, index: count }));
const barred = v.strictObject({
  agents: whole,
  bars: v.array(v.strictObject({ object: count, shares: count, agent: whole })),
});
const choice = v.strictObject({
  sort: v.picklist(['view', 'first', 'wait']),
  counts: v.pipe(v.array(count), v.maxLength(agentCountMax)),
  doing: v.pipe(v.array(whole), v.length(7)),
  reads: v.optional(v.array(v.strictObject({ object: count, writesOnly: v.boolean() }))),
  barred,
});
const child = v.pipe(
  v.strictObject({
    key: v.string(),
    agents: v.array(agent),
    kinds: objects,
    objects,
    head,
    barred,
  }),
  v.check(
    ({ agents, kinds, objects: places }) =>
      agents.length === kinds.length && agents.length === places.length,
    'expected as many agents as kinds and objects',
  ),
);
const saved = v.pipe(
  v.strictObject({
    words: v.strictObject({
      compared: objects,
      ordered: objects,
      regions: v.boolean(),
      loops: v.boolean(),
    }),
    choices: v.array(v.strictObject({ parent: whole, head, choice, keys: v.array(v.string()) })),
    pieces: v.array(
      v.strictObject({
        at: whole,
        sort: v.picklist(['new', 'answer', 'order', 'end']),
        child: v.optional(child),
        head,
      }),
    ),
  }),
  v.check(
    ({ choices }) => choices.every(({ parent }, at) => parent >= -1 && parent < at),
    'expected each choice below one before it',
  ),
  v.check(({ choices, pieces }) => {
    return pieces.every(({ at, sort, child: first }) => {
      if (sort === 'new') return at === -1 && first === undefined;
      const least = sort === 'answer' ? 0 : -1;
      return first !== undefined && at >= least && at < choices.length;
    });
  }, 'expected each piece to begin with events below a choice'),
);

/** How `dpor` by a coarser equivalence is divided (`ClassDivision`). */
export function dividedClasses(equivalence: Equivalence): Divider {
  return {
    begin: () => new ClassDivision(equivalence),
    load(plain) {
      const outcome = v.safeParse(saved, plain);
      if (outcome.success) return new ClassDivision(equivalence, outcome.output as SavedClasses);
      throw new UserError(`\`rest\`: ${issueText(saved, outcome.issues[0])}`);
    },
    strategy(piece, ask) {
      const tell = (news: unknown): boolean => ask(news) === true;
      return new ClassSearch(equivalence, { piece: piece as ClassPiece, tell });
    },
  };
}
