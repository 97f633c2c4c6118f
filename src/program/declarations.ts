import type { ObjectRecord } from './arena.ts';
import { UserError } from './errors.ts';
import { ObjectType } from './kinds.ts';
import { requireFlag, requireKeys, shown } from './given.ts';
import { nearest } from './nearest.ts';

/**
 * A lock, the name of one, or the name of a lock class, which stands for any lock of the class. The
 * lock may be laid out later. @public
 */
export type LockName = string | { readonly name: string };

/**
 * Which locks keep a word, declared beside it (Clang's GUARDED_BY). An access without them is the
 * finding `unguarded-access`, whether or not anybody else comes near.
 *
 * @public
 */
export interface Guards {
  /** Reads need this lock in any mode, writes need it for writing. */
  readonly guardedBy?: LockName;
  /** Writes need all of these for writing. */
  readonly writesNeed?: LockName | readonly LockName[];
  /** Reads need one of these, in any mode. */
  readonly readsNeed?: LockName | readonly LockName[];
}

/** The guards of one word, as sets of locks; a set is met by any lock in it. @internal */
export interface WordGuards {
  readonly word: number;
  /** Each of these sets must be met by a lock held for writing. */
  readonly writes: readonly LockSet[];
  /** One of these sets must be met, unless there is none. */
  readonly reads: readonly LockSet[];
}

/** The locks that a declaration names. @internal */
export interface LockSet {
  readonly name: string;
  readonly locks: readonly number[];
}

/** What a section asks of the locks of an agent that is in it. @public */
export interface SectionRules {
  /** All of these are held, in any mode, when it is entered. */
  readonly requires?: LockName | readonly LockName[];
  /** None of these is held when it is entered. */
  readonly excludes?: LockName | readonly LockName[];
  /** These are held when it is entered, and not given back before it is left. */
  readonly pinned?: LockName | readonly LockName[];
  /** Nothing at all is held when it is entered. */
  readonly noneHeld?: boolean;
}

/** The rules of a section, as sets of locks. @internal */
export interface SectionLocks {
  readonly requires: readonly LockSet[];
  readonly excludes: readonly LockSet[];
  readonly pinned: readonly LockSet[];
  readonly noneHeld: boolean;
}

/** Everything declared of an arena's words and lock classes. @internal */
export interface Declarations {
  readonly guards: readonly WordGuards[];
  /** For each lock class: the classes that must not be held when it is asked for. */
  readonly orders: ReadonlyMap<string, ReadonlySet<string>>;
  readonly leaves: ReadonlySet<string>;
  readonly noWaits: ReadonlySet<string>;
  /** Levels of lock classes. */
  readonly levels: ReadonlyMap<string, number>;
  /** For each lock class how long it may be held, in milliseconds. */
  readonly limits: ReadonlyMap<string, number>;
  /** By the section's id. */
  readonly sections: ReadonlyMap<number, SectionLocks>;
}

/** What was declared, and an error that was made there, so that it knows the place. */
type Of<T> = T & { readonly made: UserError };

function here(): UserError {
  return new UserError('');
}

/** What is declared while an arena is laid out; names are looked up once all of it is there. */
export class Declaring {
  private readonly words: Of<{ readonly record: ObjectRecord; readonly guards: Guards }>[] = [];
  private readonly chains: Of<{ readonly locks: readonly LockName[] }>[] = [];
  private readonly leafNames: Of<{ readonly lock: LockName }>[] = [];
  private readonly noWaitNames: Of<{ readonly lock: LockName }>[] = [];
  private readonly levelsOf: Of<{ readonly lock: LockName; readonly number: number }>[] = [];
  private readonly limitsOf: Of<{ readonly lock: LockName; readonly number: number }>[] = [];
  private readonly sections: Of<{
    readonly record: ObjectRecord;
    readonly rules: SectionRules;
  }>[] = [];

  guard(record: ObjectRecord, guards: Guards): void {
    requireKeys(guards, ['guardedBy', 'writesNeed', 'readsNeed'], `word "${record.name}"`);
    this.words.push({ record, guards, made: here() });
  }

  order(chain: readonly LockName[]): void {
    this.chains.push({ locks: chain, made: here() });
  }

  leaf(lock: LockName): void {
    this.leafNames.push({ lock, made: here() });
  }

  mayNotWait(lock: LockName): void {
    this.noWaitNames.push({ lock, made: here() });
  }

  level(lock: LockName, level: number): void {
    this.levelsOf.push({ lock, number: level, made: here() });
  }

  heldAtMost(lock: LockName, ms: number): void {
    this.limitsOf.push({ lock, number: ms, made: here() });
  }

  section(record: ObjectRecord, rules: SectionRules): void {
    const where = `section "${record.name}"`;
    requireKeys(rules, ['requires', 'excludes', 'pinned', 'noneHeld'], where);
    requireFlag(rules.noneHeld, `${where}: \`noneHeld\``);
    this.sections.push({ record, rules, made: here() });
  }

  /** @throws UserError if a name is no lock's, or declared orders contradict each other */
  resolve(objects: readonly ObjectRecord[]): Declarations {
    const locks = objects.filter(({ type }) => isLock(type));
    const classes = (all: readonly Of<{ readonly lock: LockName }>[], where: string) =>
      all.map(({ lock, made }) => lockSet(lock, locks, where, made).lockClass);
    const ofChain = ({ locks: chain, made }: (typeof this.chains)[number]) =>
      classes(
        chain.map((lock) => ({ lock, made })),
        '`arena.order`',
      );
    return {
      guards: this.words.map((word) => wordGuards(word, locks)),
      orders: closure(this.chains.map(ofChain)),
      leaves: new Set(classes(this.leafNames, '`arena.leaf`')),
      noWaits: new Set(classes(this.noWaitNames, '`arena.mayNotWait`')),
      levels: numbered(this.levelsOf, locks, '`arena.level`'),
      limits: numbered(this.limitsOf, locks, '`arena.heldAtMost`'),
      sections: new Map(
        this.sections.map((section) => [section.record.base, sectionLocks(section, locks)]),
      ),
    };
  }
}

function wordGuards(
  { record, guards, made }: Of<{ readonly record: ObjectRecord; readonly guards: Guards }>,
  locks: readonly ObjectRecord[],
): WordGuards {
  const { guardedBy, writesNeed, readsNeed } = guards;
  const sets = (key: string, names: LockName | readonly LockName[] | undefined) =>
    list(names).map((name) => lockSet(name, locks, `word "${record.name}": \`${key}\``, made));
  const both = sets('guardedBy', guardedBy);
  return {
    word: record.base,
    writes: [...both, ...sets('writesNeed', writesNeed)],
    // With `guardedBy` another lock of `readsNeed` will do as well.
    reads: [...both, ...sets('readsNeed', readsNeed)],
  };
}

function sectionLocks(
  { record, rules, made }: Of<{ readonly record: ObjectRecord; readonly rules: SectionRules }>,
  locks: readonly ObjectRecord[],
): SectionLocks {
  const { requires, excludes, pinned, noneHeld = false } = rules;
  const sets = (key: string, names: LockName | readonly LockName[] | undefined) =>
    list(names).map((name) => lockSet(name, locks, `section "${record.name}": \`${key}\``, made));
  return {
    requires: sets('requires', requires),
    excludes: sets('excludes', excludes),
    pinned: sets('pinned', pinned),
    noneHeld,
  };
}

/** Numbers of lock classes; the last one declared counts. */
function numbered(
  pairs: readonly Of<{ readonly lock: LockName; readonly number: number }>[],
  locks: readonly ObjectRecord[],
  where: string,
): ReadonlyMap<string, number> {
  return new Map(
    pairs.map(({ lock, number, made }) => {
      return [lockSet(lock, locks, where, made).lockClass, number];
    }),
  );
}

function list(names: LockName | readonly LockName[] | undefined): readonly LockName[] {
  if (names === undefined) return [];
  return Array.isArray(names) ? (names as readonly LockName[]) : [names as LockName];
}

function lockSet(
  lock: LockName,
  locks: readonly ObjectRecord[],
  where: string,
  made: UserError,
): LockSet & { readonly lockClass: string } {
  const name = typeof lock === 'string' ? lock : (lock as { name?: unknown } | null)?.name;
  if (typeof name !== 'string') {
    made.message = `${where} takes locks or their names, not ${shown(lock)}`;
    throw made;
  }
  const one = locks.find((record) => record.name === name);
  if (one !== undefined) return { name, locks: [one.base], lockClass: one.lockClass };
  const all = locks.filter((record) => record.lockClass === name);
  if (all.length > 0) return { name, locks: all.map(({ base }) => base), lockClass: name };
  const names = locks.map((record) => record.name);
  made.message =
    `${where} names "${name}", which is no lock of the arena: ` +
    `${nearest(name, names)}it has ${names.length === 0 ? 'no locks' : names.join(', ')}`;
  throw made;
}

/** For each class all that comes after it, over any number of declarations. */
function closure(chains: readonly (readonly string[])[]): ReadonlyMap<string, Set<string>> {
  const after = new Map<string, Set<string>>();
  for (const chain of chains) {
    for (const [at, one] of chain.entries()) {
      const set = after.get(one) ?? new Set<string>();
      after.set(one, set);
      for (const other of chain.slice(at + 1)) set.add(other);
    }
  }
  // Warshall's algorithm.
  for (const middle of after.keys()) {
    for (const set of after.values()) {
      if (set.has(middle)) for (const last of after.get(middle)!) set.add(last);
    }
  }
  for (const [one, set] of after) {
    if (set.has(one)) {
      throw new UserError(`\`arena.order\`: the declared orders put "${one}" before itself`);
    }
  }
  return after;
}

function isLock(type: number): boolean {
  return type >= ObjectType.mutex && type <= ObjectType.percpuRwSemaphore;
}
