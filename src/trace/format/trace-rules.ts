import * as v from 'valibot';
import { nearest } from '../../program/nearest.ts';
import { issueText } from '../../program/schema-issue.ts';
import type { TraceNames } from './trace-names.ts';

const name = v.string('expected a text');
const list = v.array(name, 'expected a list of names');
const oneOrMore = v.union([name, list], 'expected a name or a list of names');

const wordGuards = v.strictObject({
  guardedBy: v.optional(name),
  writesNeed: v.optional(oneOrMore),
  readsNeed: v.optional(oneOrMore),
});

const section = v.strictObject({
  requires: v.optional(oneOrMore),
  excludes: v.optional(oneOrMore),
  pinned: v.optional(oneOrMore),
  noneHeld: v.optional(v.boolean('expected true or false')),
});

const rulesSchema: v.GenericSchema<unknown, TraceRules> = v.strictObject({
  guards: v.optional(v.record(name, wordGuards)),
  order: v.optional(v.array(list, 'expected a list of lists of names')),
  leaf: v.optional(list),
  mayNotWait: v.optional(list),
  level: v.optional(v.record(name, v.number('expected a number'))),
  heldAtMost: v.optional(v.record(name, v.number('expected nanoseconds'))),
  sections: v.optional(v.record(name, section)),
});

type NameOrList = string | readonly string[];

/** Guards of a word, as {@link Guards} of an arena's. */
export interface TraceGuards {
  readonly guardedBy?: string | undefined;
  readonly writesNeed?: NameOrList | undefined;
  readonly readsNeed?: NameOrList | undefined;
}

/** What must hold of an agent's locks while it is in a function. */
export interface TraceSection {
  /** All of these are held when it is entered. */
  readonly requires?: NameOrList | undefined;
  /** None of these is. */
  readonly excludes?: NameOrList | undefined;
  /** These are held, and not given back before it is left. */
  readonly pinned?: NameOrList | undefined;
  /** Nothing at all is held when it is entered. */
  readonly noneHeld?: boolean | undefined;
}

/**
 * What a trace declares beside its data, as `rules` of the header: the same rules as an arena's.
 * Locks are named by id, or by class; words by id; sections are the functions of `enter`.
 */
export interface TraceRules {
  readonly guards?: Readonly<Record<string, TraceGuards>> | undefined;
  /** Chains of lock classes, outermost first. */
  readonly order?: readonly (readonly string[])[] | undefined;
  readonly leaf?: readonly string[] | undefined;
  readonly mayNotWait?: readonly string[] | undefined;
  /** Locks with levels are taken from the least level up. */
  readonly level?: Readonly<Record<string, number>> | undefined;
  /** Nanoseconds from an acquisition to its release. */
  readonly heldAtMost?: Readonly<Record<string, number>> | undefined;
  readonly sections?: Readonly<Record<string, TraceSection>> | undefined;
}

/** @param fail - says what is wrong with the header */
export function readRules(
  value: unknown,
  names: TraceNames,
  fail: (text: string) => never,
): TraceRules {
  const result = v.safeParse(rulesSchema, value);
  if (!result.success) return fail(`\`rules\`: ${issueText(rulesSchema, result.issues[0])}`);
  const rules = result.output;
  const known = new Set(names.locks.flatMap((lock) => [lock.id, lock.class]));
  for (const lock of lockNames(rules)) {
    if (known.has(lock)) continue;
    const all = [...known];
    fail(
      `\`rules\` name "${lock}", which is no lock of the header: ${nearest(lock, all)}it has ` +
        (all.length === 0 ? 'none' : all.slice(0, 20).join(', ')),
    );
  }
  for (const word of Object.keys(rules.guards ?? {})) {
    if (names.words.texts.includes(word)) continue;
    fail(
      `\`rules.guards\` names "${word}", which is no word of the header: ` +
        `${nearest(word, names.words.texts)}it has ${names.words.texts.slice(0, 20).join(', ')}`,
    );
  }
  return rules;
}

function lockNames(rules: TraceRules): string[] {
  return [
    ...Object.values(rules.guards ?? {}).flatMap(({ guardedBy, writesNeed, readsNeed }) =>
      [guardedBy, writesNeed, readsNeed].flatMap(listOf),
    ),
    ...(rules.order ?? []).flat(),
    ...(rules.leaf ?? []),
    ...(rules.mayNotWait ?? []),
    ...Object.keys(rules.level ?? {}),
    ...Object.keys(rules.heldAtMost ?? {}),
    ...Object.values(rules.sections ?? {}).flatMap(({ requires, excludes, pinned }) =>
      [requires, excludes, pinned].flatMap(listOf),
    ),
  ];
}

/** One name or several, as a list. */
export function listOf(names: string | readonly string[] | undefined): readonly string[] {
  if (names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}
