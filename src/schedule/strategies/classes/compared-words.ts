import { accessAt } from '../../../program/bytes.ts';
import { UserError } from '../../../program/errors.ts';
import { Kind } from '../../../program/kinds.ts';
import { Access, accessOf } from '../../../program/operation-table.ts';
import type { Doing } from './doing.ts';

/** Which executions count as the same one. @public */
export type Equivalence = 'traces' | 'observers' | 'reads-from';

/** How operations on an object are compared. */
const Sort = { unknown: 0, word: 1, ordered: 2 } as const;

/** What is known of words, and of what the program does besides. Plain data. */
export interface KnownWords {
  /** Those that have been compared. */
  readonly compared: readonly number[];
  readonly ordered: readonly number[];
  /** Whether memory comes and goes, and whether agents go round retry loops. */
  readonly regions: boolean;
  readonly loops: boolean;
}

/**
 * Which words are compared by what is read of them. *Ordered* are those of which the order of all
 * operations counts, as with `traces`:
 *
 * - where something else than a word's operation looks at the value (`Atomics.wait`, an access to a
 *   part of it): it is an operation on a list of waiters, or on several parts, as well;
 * - where the turn of a retry loop reads: its retry waits for a change after what was read, whoever
 *   made it, so that it is the order of changes that decides, and not who is read.
 *
 * A word turns out to be ordered on the way. If it was compared until then, nothing that was run
 * counts (`learned`); once known it stays known, so that this happens once a word at the most.
 */
export class ComparedWords {
  /** Some word has turned out to be ordered that was not known for it: begin anew. */
  learned = false;
  private readonly equivalence: Equivalence;
  private readonly sorts: Uint8Array;
  private regions = false;
  private loops = false;
  /** What was not known when news were taken last. */
  private news: { compared: number[]; ordered: number[] } = { compared: [], ordered: [] };
  private changed = false;

  /** @param known - from elsewhere */
  constructor(equivalence: Equivalence, words: number, known?: KnownWords) {
    this.equivalence = equivalence;
    this.sorts = new Uint8Array(words);
    if (known === undefined) return;
    for (const object of known.compared) this.sorts[object] = Sort.word;
    for (const object of known.ordered) this.sorts[object] = Sort.ordered;
    this.regions = known.regions;
    this.loops = known.loops;
  }

  /** What is known now and was not when this was called last; undefined: nothing. */
  takeNews(): KnownWords | undefined {
    if (!this.changed) return undefined;
    const { regions, loops } = this;
    const news = { ...this.news, regions, loops };
    this.news = { compared: [], ordered: [] };
    this.changed = false;
    return news;
  }

  /** Whether an operation is compared by what it reads. */
  compares(kind: number, object: number, argument: number): boolean {
    if (this.equivalence === 'traces' || !isOfWord(kind, argument)) return false;
    return this.sorts[object] !== Sort.ordered;
  }

  /** Takes down an operation, which is about these objects. */
  note({ kind, object, argument, turn }: Doing, objects: readonly number[]): void {
    if (turn >= 0) {
      if (!this.loops) this.changed = true;
      this.loops = true;
      for (const one of objects) this.order(one);
    } else if (isRegion(kind)) {
      if (!this.regions) this.changed = true;
      this.regions = true;
    } else if (isOfWord(kind, argument)) this.compare(object);
    else if (accessOf[kind] !== Access.none) this.order(object);
    if (this.regions && this.loops) throw regionsAndLoops(this.equivalence);
  }

  private compare(object: number): void {
    if (this.sorts[object] !== Sort.unknown) return;
    this.sorts[object] = Sort.word;
    this.news.compared.push(object);
    this.changed = true;
  }

  private order(object: number): void {
    if (this.sorts[object] === Sort.ordered) return;
    if (this.sorts[object] === Sort.word && this.equivalence !== 'traces') this.learned = true;
    this.sorts[object] = Sort.ordered;
    this.news.ordered.push(object);
    this.changed = true;
  }
}

/** What such a search says to a program that has both. */
export function regionsAndLoops(equivalence: Equivalence): UserError {
  return new UserError(
    `the equivalence "${equivalence}" knows no retry loops where memory comes and goes: ` +
      "explore this by dpor's own, `--equivalence traces`",
  );
}

/** Whether an operation of this kind is one of a word, where nothing else is done to it. */
function isOfWord(kind: number, argument: number): boolean {
  if (kind === Kind.rmw) return accessAt(argument).whole;
  return kind >= Kind.read && kind <= Kind.waitUntil;
}

/** Memory that comes and goes changes no word that an operation reads. */
export function isRegion(kind: number): boolean {
  return kind === Kind.retire || kind === Kind.revive;
}
