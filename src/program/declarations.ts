import type { ObjectRecord } from './arena.ts';
import { UserError } from './errors.ts';
import { ObjectType } from './kinds.ts';
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

/** What is declared while an arena is laid out; names are looked up once all of it is there. */
export class Declaring {
  private readonly words: { readonly record: ObjectRecord; readonly guards: Guards }[] = [];
  private readonly chains: (readonly LockName[])[] = [];
  private readonly leafNames: LockName[] = [];
  private readonly noWaitNames: LockName[] = [];
  private readonly levelsOf: [LockName, number][] = [];
  private readonly limitsOf: [LockName, number][] = [];
  private readonly sections: { readonly record: ObjectRecord; readonly rules: SectionRules }[] = [];

  guard(record: ObjectRecord, guards: Guards): void {
    this.words.push({ record, guards });
  }

  order(chain: readonly LockName[]): void {
    this.chains.push(chain);
  }

  leaf(lock: LockName): void {
    this.leafNames.push(lock);
  }

  mayNotWait(lock: LockName): void {
    this.noWaitNames.push(lock);
  }

  level(lock: LockName, level: number): void {
    this.levelsOf.push([lock, level]);
  }

  heldAtMost(lock: LockName, ms: number): void {
    this.limitsOf.push([lock, ms]);
  }

  section(record: ObjectRecord, rules: SectionRules): void {
    this.sections.push({ record, rules });
  }

  /** @throws UserError if a name is no lock's, or declared orders contradict each other */
  resolve(objects: readonly ObjectRecord[]): Declarations {
    const locks = objects.filter(({ type }) => isLock(type));
    const classes = (names: readonly LockName[], where: string) =>
      names.map((name) => lockSet(name, locks, where).lockClass);
    return {
      guards: this.words.map(({ record, guards }) => wordGuards(record, guards, locks)),
      orders: closure(this.chains.map((chain) => classes(chain, '`arena.order`'))),
      leaves: new Set(classes(this.leafNames, '`arena.leaf`')),
      noWaits: new Set(classes(this.noWaitNames, '`arena.mayNotWait`')),
      levels: numbered(this.levelsOf, locks, '`arena.level`'),
      limits: numbered(this.limitsOf, locks, '`arena.heldAtMost`'),
      sections: new Map(
        this.sections.map(({ record, rules }) => [record.base, sectionLocks(record, rules, locks)]),
      ),
    };
  }
}

function wordGuards(
  record: ObjectRecord,
  { guardedBy, writesNeed, readsNeed }: Guards,
  locks: readonly ObjectRecord[],
): WordGuards {
  const sets = (key: string, names: LockName | readonly LockName[] | undefined) =>
    list(names).map((name) => lockSet(name, locks, `word "${record.name}": \`${key}\``));
  const both = sets('guardedBy', guardedBy);
  return {
    word: record.base,
    writes: [...both, ...sets('writesNeed', writesNeed)],
    // With `guardedBy` another lock of `readsNeed` will do as well.
    reads: [...both, ...sets('readsNeed', readsNeed)],
  };
}

function sectionLocks(
  record: ObjectRecord,
  { requires, excludes, pinned, noneHeld = false }: SectionRules,
  locks: readonly ObjectRecord[],
): SectionLocks {
  const sets = (key: string, names: LockName | readonly LockName[] | undefined) =>
    list(names).map((name) => lockSet(name, locks, `section "${record.name}": \`${key}\``));
  return {
    requires: sets('requires', requires),
    excludes: sets('excludes', excludes),
    pinned: sets('pinned', pinned),
    noneHeld,
  };
}

/** Numbers of lock classes; the last one declared counts. */
function numbered(
  pairs: readonly (readonly [LockName, number])[],
  locks: readonly ObjectRecord[],
  where: string,
): ReadonlyMap<string, number> {
  return new Map(pairs.map(([name, number]) => [lockSet(name, locks, where).lockClass, number]));
}

function list(names: LockName | readonly LockName[] | undefined): readonly LockName[] {
  if (names === undefined) return [];
  return Array.isArray(names) ? (names as readonly LockName[]) : [names as LockName];
}

function lockSet(
  lock: LockName,
  locks: readonly ObjectRecord[],
  where: string,
): LockSet & { readonly lockClass: string } {
  const name = typeof lock === 'string' ? lock : lock.name;
  const one = locks.find((record) => record.name === name);
  if (one !== undefined) return { name, locks: [one.base], lockClass: one.lockClass };
  const all = locks.filter((record) => record.lockClass === name);
  if (all.length > 0) return { name, locks: all.map(({ base }) => base), lockClass: name };
  const names = locks.map((record) => record.name);
  throw new UserError(
    `${where} names "${name}", which is no lock of the arena: ` +
      `${nearest(name, names)}it has ${names.length === 0 ? 'no locks' : names.join(', ')}`,
  );
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
