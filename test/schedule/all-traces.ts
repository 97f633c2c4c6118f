import {
  afterJump,
  initial,
  isJump,
  step,
  type Instruction,
  type Listing,
  type State,
} from '../execute/lock-semantics.ts';
import { outcomeText } from '../execute/all-outcomes.ts';

/**
 * What an event does to an object: looks; changes in a way that commutes with others of its kind;
 * changes; or looks at what only `change` can change.
 */
type Way = 'look' | 'join' | 'change' | 'glance';

interface Touch {
  readonly object: string;
  readonly way: Way;
}

/** What happened: by whom, touching what; a retry follows what its turn has touched. */
interface Happening {
  readonly agent: number;
  readonly touch: Touch | undefined;
  readonly turn: ReadonlyMap<string, { readonly joined: boolean }> | undefined;
  /** For each agent, how many of its events are before this one for a reason of their own. */
  readonly after: readonly number[];
}

type Turn = Map<string, { joined: boolean; stale: boolean }>;

/** A program that has come somewhere, and how: its trace so far. */
export interface Run {
  readonly state: State;
  readonly history: readonly (readonly Happening[])[];
  /** What agents in a retry loop have touched in this turn. */
  readonly turns: readonly (Turn | undefined)[];
}

/** Where a listing begins. */
export function beginning(listing: Listing): Run {
  return {
    state: initial(listing),
    history: listing.map(() => []),
    turns: listing.map((code) => (passesAttempt(code, 0, 0) ? new Map() : undefined)),
  };
}

/** After the agent's next event; undefined if it cannot go. */
export function extended(listing: Listing, run: Run, agent: number): Run | undefined {
  const code = listing[agent]!;
  const before = run.state.agents[agent]!;
  const instruction = code[before.at];
  if (instruction === undefined) return undefined;
  if (instruction.op === 'retry' && !mayRetry(run, agent)) return undefined;
  const state = step(run.state, agent, code);
  if (state === undefined) return undefined;
  const failed = tryFailed(instruction, run.state, state, agent);
  const happening = happeningOf(run, agent, instruction, failed);
  const history = run.history.map((events, one) =>
    one === agent ? [...events, happening] : events,
  );
  const turns = run.turns.map((turn) => (turn === undefined ? undefined : copyOf(turn)));
  if (happening.touch !== undefined) note(turns, happening, instruction, failed);
  if (!state.agents[agent]!.queued) {
    const back = instruction.op === 'retry' || failed;
    const next = back && 'otherwise' in instruction ? instruction.otherwise : before.at + 1;
    if (passesAttempt(code, next, state.agents[agent]!.seen)) turns[agent] = new Map();
  }
  return { state, history, turns };
}

/** The same for runs that differ only in the order of independent events, and for no others. */
export function traceKey({ history }: Run): string {
  return history.map((events) => events.map(({ after }) => after.join('.')).join(' ')).join(' | ');
}

/** What a maximal run came to, in the words that the engine's runs are told in. */
export function outcomeKey(listing: Listing, { state }: Run): string {
  const agents = state.agents.map(({ at, log }, i) => ({ ended: at >= listing[i]!.length, log }));
  return outcomeText(state.words, agents);
}

/**
 * All maximal traces of a listing with what they come to, by walking every order of events and
 * merging what is the same trace; undefined if there are more than so many prefixes of traces.
 */
export function allTraces(listing: Listing, prefixesMax: number): Map<string, string> | undefined {
  const traces = new Map<string, string>();
  const seen = new Set<string>();
  const open = [beginning(listing)];
  for (let run = open.pop(); run !== undefined; run = open.pop()) {
    const key = traceKey(run);
    if (seen.has(key)) continue;
    if (seen.size === prefixesMax) return undefined;
    seen.add(key);
    let maximal = true;
    for (const agent of listing.keys()) {
      const next = extended(listing, run, agent);
      if (next === undefined) continue;
      maximal = false;
      open.push(next);
    }
    if (maximal) traces.set(key, outcomeKey(listing, run));
  }
  return traces;
}

function copyOf(turn: Turn): Turn {
  return new Map([...turn].map(([object, read]) => [object, { ...read }]));
}

function passesAttempt(code: readonly Instruction[], from: number, seen: number): boolean {
  for (let at = from; ;) {
    const instruction = code[at];
    if (instruction === undefined || !isJump(instruction)) return false;
    if (instruction.op === 'attempt') return true;
    at = afterJump(instruction, at, seen);
  }
}

function mayRetry(run: Run, agent: number): boolean {
  return [...run.turns[agent]!.values()].some(({ stale }) => stale);
}

function tryFailed(instruction: Instruction, before: State, after: State, agent: number): boolean {
  switch (instruction.op) {
    case 'tryAcquire':
      return before.mutexes[instruction.mutex] !== -1;
    case 'tryRead':
    case 'tryWrite':
    case 'tryRef':
      return after.agents[agent]!.seen === 0;
    default:
      return false;
  }
}

function happeningOf(
  run: Run,
  agent: number,
  instruction: Instruction,
  failed: boolean,
): Happening {
  const touch = touchOf(instruction, run.state, agent, failed);
  const turn = instruction.op === 'retry' ? run.turns[agent] : undefined;
  const after = run.history.map((events, other) => {
    if (other === agent) return events.length;
    for (let count = events.length; count > 0; count--) {
      if (conflict({ touch, turn }, events[count - 1]!)) return count;
    }
    return 0;
  });
  return { agent, touch, turn: turn === undefined ? undefined : copyOf(turn), after };
}

type Doing = Pick<Happening, 'touch' | 'turn'>;

function conflict(one: Doing, other: Doing): boolean {
  if (one.turn !== undefined && other.turn !== undefined) return false;
  if (one.turn !== undefined) return disturbs(other.touch, one.turn);
  if (other.turn !== undefined) return disturbs(one.touch, other.turn);
  if (one.touch === undefined || other.touch === undefined) return false;
  if (one.touch.object !== other.touch.object) return false;
  const ways = [one.touch.way, other.touch.way];
  if (ways.includes('change')) return true;
  if (ways.includes('glance')) return false;
  return ways[0] !== ways[1];
}

function disturbs(
  touch: Touch | undefined,
  turn: ReadonlyMap<string, { readonly joined: boolean }>,
): boolean {
  const read = touch === undefined ? undefined : turn.get(touch.object);
  if (read === undefined) return false;
  return touch!.way === 'change' || (touch!.way === 'join' && !read.joined);
}

/** Turns of retry loops take note of what has happened. */
function note(
  turns: (Turn | undefined)[],
  { agent, touch }: Happening,
  instruction: Instruction,
  failed: boolean,
): void {
  const { object, way } = touch!;
  for (const [other, turn] of turns.entries()) {
    if (turn === undefined || other === agent) continue;
    const read = turn.get(object);
    if (read !== undefined && disturbs(touch, turn)) read.stale = true;
  }
  const mine = turns[agent];
  const joined = way === 'join' || (failed && instruction.op === 'tryRef');
  if (mine !== undefined && !mine.has(object)) mine.set(object, { joined, stale: false });
}

function touchOf(
  instruction: Instruction,
  state: State,
  agent: number,
  failed: boolean,
): Touch | undefined {
  if ('word' in instruction) {
    const { op, word } = instruction;
    const looks =
      op === 'read' ||
      op === 'load' ||
      op === 'waitUntil' ||
      (op === 'compareExchange' && state.words[word] !== instruction.from);
    return { object: `word ${word}`, way: looks ? 'look' : 'change' };
  }
  if ('mutex' in instruction) {
    return { object: `mutex ${instruction.mutex}`, way: failed ? 'look' : 'change' };
  }
  if ('rw' in instruction)
    return { object: `rw ${instruction.rw}`, way: rwWay(instruction, failed) };
  if ('child' in instruction) {
    const { op, child } = instruction;
    const changes = op === 'end' || (op === 'spawn' && !state.spawned.includes(child));
    return { object: `agent ${child}`, way: changes ? 'change' : 'look' };
  }
  switch (instruction.op) {
    case 'complete':
    case 'completeAll':
      return { object: 'completion', way: 'join' };
    case 'wait':
    case 'reinit':
      return { object: 'completion', way: 'change' };
    case 'activate':
      return { object: 'reference', way: 'change' };
    case 'drain':
      return { object: 'reference', way: state.agents[agent]!.queued ? 'look' : 'change' };
    case 'tryRef':
      return { object: 'reference', way: failed ? 'glance' : 'join' };
    case 'releaseRef':
      return { object: 'reference', way: 'join' };
    default:
      return undefined;
  }
}

function rwWay({ op }: Extract<Instruction, { rw: number }>, failed: boolean): Way {
  switch (op) {
    case 'acquireRead':
    case 'releaseRead':
      return 'join';
    case 'tryRead':
      return failed ? 'glance' : 'join';
    case 'tryWrite':
      return failed ? 'look' : 'change';
    default:
      return 'change';
  }
}
