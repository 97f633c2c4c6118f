import type { Division, Plain, Task } from '../division.ts';
import type { Child, Head } from './class-node.ts';
import type {
  Beginning,
  ClassNews,
  ClassPiece,
  ClassShare,
  PlainChoice,
  PlainNode,
} from './class-piece.ts';
import { regionsAndLoops, type Equivalence, type KnownWords } from './compared-words.ts';

/** A choice that several pieces lie below. Nobody but those holds it. */
interface Above {
  readonly parent: Above | undefined;
  /** Of the parent's answer that leads here. */
  readonly head: Head | undefined;
  readonly choice: PlainChoice;
  /** Of all answers that it has had. */
  readonly keys: Set<string>;
}

/** What is still to be run, or is being run, below a choice. */
interface Below {
  readonly at: Above | undefined;
  readonly begin: Beginning;
  /** Of the answer to that choice. */
  readonly head: Head | undefined;
}

/** A choice in a file; those before it come first. */
export interface SavedChoice {
  /** The number of the choice above it in the list, or -1. */
  readonly parent: number;
  readonly head?: Head | undefined;
  readonly choice: PlainChoice;
  readonly keys: readonly string[];
}

/** A search in a file. */
export interface SavedClasses {
  readonly words: KnownWords;
  readonly choices: readonly SavedChoice[];
  /** What is to be run, each below the choice of a number, or of -1. */
  readonly pieces: readonly (Beginning & {
    readonly at: number;
    readonly head?: Head | undefined;
  })[];
}

const nothingKnown: KnownWords = { compared: [], ordered: [], regions: false, loops: false };

/**
 * A search by classes that threads share. What is run below an answer depends on the events of that
 * answer only: they are run in the same order in whatever execution it was found. But executions
 * below it may show further answers to the choices above. So these are kept here, with the keys of
 * their answers; pieces tell what they find, and what is not known yet becomes a piece.
 *
 * Which words are ordered concerns all pieces: they begin with what is known, and tell what they
 * learn. If a word that was compared turns out to be ordered, the search begins anew, and pieces
 * that are being run are none of it any more.
 */
export class ClassDivision implements Division {
  beginnings = 1;
  private readonly equivalence: Equivalence;
  private words: KnownWords;
  private waiting: Below[];
  private readonly tasks = new Map<number, Below>();
  private count = 0;

  constructor(equivalence: Equivalence, saved?: SavedClasses) {
    this.equivalence = equivalence;
    this.words = saved?.words ?? nothingKnown;
    this.waiting = saved === undefined ? [whole()] : loaded(saved);
  }

  get running(): number {
    return this.tasks.size;
  }

  get waits(): boolean {
    return this.waiting.length > 0;
  }

  take(): Task | undefined {
    const below = this.waiting.shift();
    if (below === undefined) return undefined;
    const task = this.count++;
    this.tasks.set(task, below);
    const { begin, at } = below;
    const { words } = this;
    const piece: ClassPiece = { words, above: pathOf(at, below.head), begin };
    return { task, piece };
  }

  give(task: number, share: Plain): void {
    const below = this.tasks.get(task);
    if (below === undefined) return;
    const { last, pieces } = put(below.at, share as ClassShare);
    this.tasks.set(task, { ...below, at: last });
    this.waiting.push(...pieces);
  }

  putBack(task: number): void {
    const below = this.tasks.get(task);
    if (below !== undefined) this.waiting.unshift(below);
    this.tasks.delete(task);
  }

  done(task: number): void {
    this.tasks.delete(task);
  }

  isOf(task: number): boolean {
    return this.tasks.has(task);
  }

  answer(task: number, question: Plain): boolean {
    const below = this.tasks.get(task);
    if (below === undefined) return false;
    const { words, answers } = question as ClassNews;
    if (words !== undefined && !this.learn(words)) {
      this.beginAnew();
      return false;
    }
    const path = wayTo(below.at);
    for (const { depth, child } of answers) this.add(path[depth]!, child);
    return true;
  }

  save(rests: ReadonlyMap<number, Plain>): SavedClasses {
    const left = [...this.tasks].flatMap(([task, { at }]) => {
      const rest = rests.get(task) as ClassShare | undefined;
      return rest === undefined ? [] : put(at, rest).pieces;
    });
    const choices: SavedChoice[] = [];
    const numbers = new Map<Above, number>();
    const numberOf = (above: Above | undefined): number => {
      if (above === undefined) return -1;
      const known = numbers.get(above);
      if (known !== undefined) return known;
      const parent = numberOf(above.parent);
      const { head, choice, keys } = above;
      numbers.set(above, choices.length);
      return choices.push({ parent, head, choice, keys: [...keys] }) - 1;
    };
    const pieces = [...left, ...this.waiting].map(({ at, begin, head }) => {
      return { at: numberOf(at), ...begin, head };
    });
    return { words: this.words, choices, pieces };
  }

  private add(at: Above, child: Child): void {
    if (at.keys.has(child.key)) return;
    at.keys.add(child.key);
    this.waiting.push(answerTo(at, child));
  }

  /** Takes down what a piece has learned; false: something has been compared that is ordered. */
  private learn(news: KnownWords): boolean {
    const { words } = this;
    const ordered = new Set([...words.ordered, ...news.ordered]);
    const all = new Set([...words.compared, ...news.compared]);
    const compared = [...all].filter((word) => !ordered.has(word));
    const regions = words.regions || news.regions;
    const loops = words.loops || news.loops;
    if (regions && loops) throw regionsAndLoops(this.equivalence);
    this.words = { compared, ordered: [...ordered], regions, loops };
    return compared.length === all.size;
  }

  private beginAnew(): void {
    this.waiting = [whole()];
    this.tasks.clear();
    this.beginnings++;
  }
}

function whole(): Below {
  return { at: undefined, begin: { sort: 'new' }, head: undefined };
}

function answerTo(at: Above, child: Child): Below {
  return { at, begin: { sort: 'answer', child }, head: child.head };
}

/** The choices down to one. */
function wayTo(last: Above | undefined): Above[] {
  const path: Above[] = [];
  for (let at = last; at !== undefined; at = at.parent) path.push(at);
  return path.reverse();
}

/** The same with the answers that lead on, the last one's being about this event. */
function pathOf(last: Above | undefined, head: Head | undefined): PlainNode[] {
  const path = wayTo(last);
  return path.map(({ choice, keys }, depth) => {
    const next = path[depth + 1];
    return { choice, head: next === undefined ? head : next.head, keys: [...keys] };
  });
}

/** What a share becomes below a choice: the last one of its own, and what waits at them. */
function put(above: Above | undefined, share: ClassShare): { last?: Above; pieces: Below[] } {
  let last = above;
  let { head } = share;
  const pieces: Below[] = [];
  for (const node of share.nodes) {
    const { choice, keys, pending } = node;
    const next: Above = { parent: last, head, choice, keys: new Set(keys) };
    for (const child of pending) pieces.push(answerTo(next, child));
    last = next;
    head = node.head;
  }
  const sort = share.ordersSort;
  for (const child of share.orders) pieces.push({ at: last, begin: { sort, child }, head });
  return { ...(last === undefined ? {} : { last }), pieces };
}

function loaded({ choices, pieces }: SavedClasses): Below[] {
  const all: Above[] = [];
  for (const { parent, head, choice, keys } of choices) {
    all.push({ parent: all[parent], head, choice, keys: new Set(keys) });
  }
  return pieces.map(({ at, sort, child, head }) => {
    return { at: all[at], begin: { sort, child }, head };
  });
}
