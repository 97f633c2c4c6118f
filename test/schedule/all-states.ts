import assert from 'node:assert/strict';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { StateSearch } from '../../src/schedule/strategies/states.ts';
import { initial, sizes, step, type Listing } from '../execute/lock-semantics.ts';
import { programOf } from '../execute/random-listing.ts';

/** An outcome without what agents have been answered on their way. */
export function finalState(outcome: string): string {
  const [words, ...agents] = outcome.split(' | ');
  return `${words} | ${agents.map((log) => (log.endsWith('...') ? 'stuck' : 'ended')).join(' ')}`;
}

/**
 * The final states that the search comes to, and how many it meets on the way.
 *
 * @param forgets - whether agents forget all that they do not depend on
 */
export function reached(
  listing: Listing,
  forgets = false,
): { readonly states: ReadonlySet<string>; readonly met: number } {
  const { program, progress } = programOf(listing, forgets);
  const strategy = new StateSearch();
  const words = program.arena.objects.slice(0, sizes.words);
  const states = new Set<string>();
  new Coroutines(program).runAll(strategy, 0, ({ end }) => {
    if (end === 'abandoned') return false;
    const values = words.map(({ base }) => program.arena.memory[base]!).join(' ');
    states.add(`${values} | ${progress.map(({ ended }) => (ended ? 'ended' : 'stuck')).join(' ')}`);
    return false;
  });
  assert.ok(strategy.exhausted);
  return { states, met: strategy.statesMet };
}

/**
 * How many states there are in which somebody can go, whatever those have seen who ended.
 *
 * @param logs - whether all that agents have been answered tells states apart, or only the last
 */
export function statesOf(listing: Listing, statesMax: number, logs = true): number | undefined {
  const seen = new Set<string>();
  let live = 0;
  const open = [initial(listing)];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const agents = state.agents.map((agent, i) =>
      agent.at < listing[i]!.length ? { ...agent, ...(logs ? {} : { log: [] }) } : 'ended',
    );
    const key = JSON.stringify({ ...state, agents });
    if (seen.has(key)) continue;
    if (seen.size === statesMax) return undefined;
    seen.add(key);
    const next = [...listing.keys()].flatMap((agent) => step(state!, agent, listing[agent]!) ?? []);
    if (next.length > 0) live++;
    open.push(...next);
  }
  return live;
}
