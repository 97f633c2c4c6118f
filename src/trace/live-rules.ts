import type { LockSet } from '../program/declarations.ts';
import type { TraceRules } from './format/trace-rules.ts';
import type { Subject } from './subject.ts';

/** Nanoseconds of a millisecond. */
export const nanoseconds = 1_000_000;

/** What an arena declares, as the `rules` of a trace; undefined if that is nothing. */
export function rulesOf(subject: Subject): TraceRules | undefined {
  const declared = subject.declarations;
  if (declared === undefined) return undefined;
  const names = (sets: readonly LockSet[]): string[] => sets.map(({ name }) => name);
  const guards = declared.guards.map(({ word, writes, reads }) => [
    subject.name(word),
    { writesNeed: names(writes), readsNeed: names(reads) },
  ]);
  const order = [...declared.orders].flatMap(([one, after]) =>
    [...after].map((other) => [one, other]),
  );
  const limits = [...declared.limits].map(([lock, ms]) => [lock, ms * nanoseconds]);
  const sections = [...declared.sections].map(([section, rules]) => [
    subject.name(section),
    {
      requires: names(rules.requires),
      excludes: names(rules.excludes),
      pinned: names(rules.pinned),
      noneHeld: rules.noneHeld,
    },
  ]);
  const fields = {
    guards: object(guards),
    order: order.length === 0 ? undefined : order,
    leaf: list(declared.leaves),
    mayNotWait: list(declared.noWaits),
    level: object([...declared.levels]),
    heldAtMost: object(limits),
    sections: object(sections),
  };
  const some = Object.entries(fields).filter(([, value]) => value !== undefined);
  return some.length === 0 ? undefined : Object.fromEntries(some);
}

function list(names: ReadonlySet<string>): string[] | undefined {
  return names.size === 0 ? undefined : [...names];
}

function object<T>(
  entries: readonly unknown[][] | [string, T][],
): Record<string, never> | undefined {
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries as [string, never][]) as Record<string, never>);
}
