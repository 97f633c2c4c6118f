import type { Instruction, Listing } from '../execute/lock-semantics.ts';
import { outcomeText } from '../execute/all-outcomes.ts';
import { beginning, extended, traceKey, type Run } from './all-traces.ts';

/** How coarse a look at executions is. */
export type Look = 'traces' | 'observers' | 'reads-from';

/** Words of which the order of all accesses counts, as the turn of some retry has read them. */
export type Ordered = ReadonlySet<number>;

/** A run with what each event has seen, in the words of one equivalence. */
export interface ClassRun {
  readonly run: Run;
  /** For each agent, its events. */
  readonly seen: readonly (readonly string[])[];
  /** For each word, its writes in their order, by name. */
  readonly writes: ReadonlyMap<number, readonly string[]>;
}

/** Where a listing begins. */
export function classBeginning(listing: Listing): ClassRun {
  return { run: beginning(listing), seen: listing.map(() => []), writes: new Map() };
}

/** After the agent's next event; undefined if it cannot go. */
export function classExtended(
  listing: Listing,
  before: ClassRun,
  agent: number,
  look: Look,
  ordered: Ordered,
): ClassRun | undefined {
  const run = extended(listing, before.run, agent);
  if (run === undefined) return undefined;
  const { at } = before.run.state.agents[agent]!;
  const instruction = listing[agent]![at]!;
  const own = before.seen[agent]!;
  const name = `${agent}.${own.length}`;
  let text: string;
  const writes = new Map(before.writes);
  if ('word' in instruction && look !== 'traces' && !ordered.has(instruction.word)) {
    const { word } = instruction;
    const earlier = writes.get(word) ?? [];
    const { reads, changes } = wayOf(instruction, before.run.state.words[word]!);
    text = '';
    if (reads) {
      text = `from ${earlier.at(-1) ?? 'none'}`;
      if (look === 'observers') text += ` after ${[...earlier].sort().join(' ')}`;
    }
    if (changes) writes.set(word, [...earlier, name]);
  } else text = run.history[agent]!.at(-1)!.after.join('.');
  const seen = before.seen.map((events, one) => (one === agent ? [...events, text] : events));
  return { run, seen, writes };
}

function wayOf(
  instruction: Extract<Instruction, { word: number }>,
  value: number,
): { reads: boolean; changes: boolean } {
  switch (instruction.op) {
    case 'write':
    case 'store':
      return { reads: false, changes: true };
    case 'add':
    case 'exchange':
      return { reads: true, changes: true };
    case 'compareExchange':
      return { reads: true, changes: value === instruction.from };
    default:
      return { reads: true, changes: false };
  }
}

/** The same for executions of one class, and for no others. */
export function classKey({ seen }: ClassRun): string {
  return seen.map((events) => events.join(', ')).join(' | ');
}

/** What the agents of a maximal run have come to. */
export function agentsKey(listing: Listing, { run }: ClassRun): string {
  const agents = run.state.agents.map(({ at, log }, i) => {
    return { ended: at >= listing[i]!.length, log };
  });
  return outcomeText([], agents);
}

/**
 * The words that a retry's turn has read, in any run, also of one that waits to the end; undefined
 * if there are too many runs.
 */
export function orderedWords(listing: Listing, prefixesMax: number): Ordered | undefined {
  const ordered = new Set<number>();
  const through = walk(listing, prefixesMax, ({ run }) => {
    const waiting = run.turns.filter((_, i) => {
      return listing[i]![run.state.agents[i]!.at]?.op === 'retry';
    });
    for (const turn of [...run.history.flat().map((event) => event.turn), ...waiting]) {
      for (const object of turn?.keys() ?? []) {
        const [, word] = /^word (\d+)$/.exec(object) ?? [];
        if (word !== undefined) ordered.add(Number(word));
      }
    }
  });
  return through ? ordered : undefined;
}

/** All classes of maximal runs with what their agents come to; undefined if there are too many. */
export function allClasses(
  listing: Listing,
  look: Look,
  ordered: Ordered,
  prefixesMax: number,
): Map<string, string> | undefined {
  const classes = new Map<string, string>();
  const take = (run: ClassRun): void => {
    classes.set(classKey(run), agentsKey(listing, run));
  };
  return walk(listing, prefixesMax, take, look, ordered) ? classes : undefined;
}

/**
 * Walks every order of events, and tells every maximal run; false if there are more than so many
 * prefixes of traces.
 */
function walk(
  listing: Listing,
  prefixesMax: number,
  tell: (run: ClassRun) => void,
  look: Look = 'traces',
  ordered: Ordered = new Set(),
): boolean {
  const met = new Set<string>();
  const open = [classBeginning(listing)];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const key = traceKey(here.run);
    if (met.has(key)) continue;
    if (met.size === prefixesMax) return false;
    met.add(key);
    let maximal = true;
    for (const agent of listing.keys()) {
      const next = classExtended(listing, here, agent, look, ordered);
      if (next === undefined) continue;
      maximal = false;
      open.push(next);
    }
    if (maximal) tell(here);
  }
  return true;
}
