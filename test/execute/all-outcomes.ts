import { initial, step, type Instruction, type Listing, type State } from './lock-semantics.ts';

/** What a run of the program came to: words, which agents ended, and all that they saw. */
export function outcomeText(
  words: readonly number[],
  agents: readonly { readonly ended: boolean; readonly log: readonly number[] }[],
): string {
  const logs = agents.map(({ ended, log }) => `${log.join(',')}${ended ? '' : '...'}`);
  return `${words.join(' ')} | ${logs.join(' | ')}`;
}

/**
 * The outcomes of all schedules: what can never change any more, as nobody can go on, or only goes
 * round in a retry loop; undefined if there are more states than `statesMax`.
 */
export function outcomesOf(listing: Listing, statesMax: number): Set<string> | undefined {
  const nodes = new Map<string, { readonly outcome: string; readonly before: string[] }>();
  const open: { state: State; from: string }[] = [{ state: initial(listing), from: '' }];
  const changing: string[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { state, from } = next;
    const key = JSON.stringify(state);
    let node = nodes.get(key);
    if (node === undefined) {
      if (nodes.size === statesMax) return undefined;
      const agents = state.agents.map(({ at, log }, i) => ({
        ended: at >= listing[i]!.length,
        log,
      }));
      node = { outcome: outcomeText(state.words, agents), before: [] };
      nodes.set(key, node);
      for (const agent of listing.keys()) {
        const after = step(state, agent, listing[agent]!);
        if (after !== undefined) open.push({ state: after, from: key });
      }
    }
    if (from === '') continue;
    node.before.push(from);
    if (nodes.get(from)!.outcome !== node.outcome) changing.push(from);
  }
  // Whatever leads to a change is no outcome.
  const changes = new Set(changing);
  for (const key of changes) for (const before of nodes.get(key)!.before) changes.add(before);
  const final = [...nodes].filter(([key]) => !changes.has(key));
  return new Set(final.map(([, { outcome }]) => outcome));
}

/**
 * The words that two agents can be about to touch at once, one of them writing and one of them
 * plainly.
 */
export function conflictsOf(listing: Listing, statesMax: number): Set<number> | undefined {
  const conflicts = new Set<number>();
  const seen = new Set<string>();
  const open: State[] = [initial(listing)];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    if (seen.size === statesMax) return undefined;
    seen.add(key);
    const able = [...listing.keys()].flatMap((agent) => {
      const after = step(state, agent, listing[agent]!);
      if (after === undefined) return [];
      open.push(after);
      return [touchOf(listing[agent]![state.agents[agent]!.at]!, state)];
    });
    for (const [i, one] of able.entries()) {
      for (const other of able.slice(i + 1)) {
        if (one === undefined || other === undefined || one.word !== other.word) continue;
        if ((one.writes || other.writes) && (one.plain || other.plain)) conflicts.add(one.word);
      }
    }
  }
  return conflicts;
}

/** What the instruction does to a word, if it is about one. */
function touchOf(
  instruction: Instruction,
  { words }: State,
): { word: number; writes: boolean; plain: boolean } | undefined {
  if (!('word' in instruction)) return undefined;
  const { op, word } = instruction;
  const reads = op === 'read' || op === 'load' || op === 'waitUntil';
  const fails = op === 'compareExchange' && words[word] !== instruction.from;
  return { word, writes: !reads && !fails, plain: op === 'read' || op === 'write' };
}
