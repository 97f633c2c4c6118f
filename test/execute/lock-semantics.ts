/**
 * A second, independent account of what operations do: plain objects in place of the arena, sets in
 * place of masks, no table. It walks all reachable states of a small program, so what exploration
 * must find is known without it.
 */

/** One operation of a straight-line agent, or a jump. Objects are numbered by type. */
export type Instruction =
  | { readonly op: 'read' | 'load'; readonly word: number }
  | {
      readonly op: 'write' | 'store' | 'add' | 'exchange';
      readonly word: number;
      readonly value: number;
      /** Adds what the agent saw last to the value. */
      readonly carry: boolean;
    }
  | {
      readonly op: 'compareExchange';
      readonly word: number;
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly op: 'waitUntil';
      readonly word: number;
      readonly value: number;
      readonly how: 'equal' | 'not' | 'atLeast' | 'atMost';
    }
  | { readonly op: 'acquire' | 'release'; readonly mutex: number }
  | {
      readonly op: 'acquireRead' | 'releaseRead' | 'acquireWrite' | 'releaseWrite' | 'downgrade';
      readonly rw: number;
    }
  | {
      readonly op: 'tryAcquire';
      readonly mutex: number;
      readonly otherwise: number;
      /** Part of a retry loop: what it answered is not seen. */
      readonly quiet?: boolean;
    }
  | { readonly op: 'tryRead' | 'tryWrite'; readonly rw: number; readonly otherwise: number }
  | { readonly op: 'complete' | 'completeAll' | 'wait' | 'reinit' }
  | { readonly op: 'activate' | 'drain' | 'releaseRef' }
  | { readonly op: 'tryRef'; readonly otherwise: number }
  /** `begin` and `end` are the first and the last of an agent that is spawned. */
  | { readonly op: 'spawn' | 'join' | 'begin' | 'end'; readonly child: number }
  /** Ends a turn of a retry loop: back to the `attempt` at `otherwise`. */
  | { readonly op: 'retry'; readonly otherwise: number }
  | Jump;

/**
 * No operations: begin a turn of a retry loop; go on at `otherwise`, always or if what was seen
 * last was 0.
 */
type Jump =
  { readonly op: 'attempt' } | { readonly op: 'goto' | 'unlessSeen'; readonly otherwise: number };

export function isJump(instruction: Instruction): instruction is Jump {
  const { op } = instruction;
  return op === 'attempt' || op === 'goto' || op === 'unlessSeen';
}

/** Where an agent that has seen this goes from a jump. */
export function afterJump(jump: Jump, at: number, seen: number): number {
  if (jump.op === 'attempt') return at + 1;
  return jump.op === 'goto' || seen === 0 ? jump.otherwise : at + 1;
}

/**
 * A program: for each agent its instructions. Reader/writer locks with odd numbers let queued
 * writers stop readers.
 */
export type Listing = readonly (readonly Instruction[])[];

export const sizes = { words: 4, mutexes: 2, rws: 2 } as const;

interface AgentState {
  at: number;
  /** In the second half of acquireWrite or drain. */
  queued: boolean;
  seen: number;
  /** Everything that operations answered. */
  readonly log: number[];
}

/** Where a run of a program stands. */
export interface State {
  readonly words: number[];
  /** Owners, or -1. */
  readonly mutexes: number[];
  readonly rws: { writer: number; readers: number[]; queued: number[] }[];
  completion: number | 'all';
  readonly reference: { active: boolean; users: number[] };
  /** Agents that have been spawned, and those of them that are through. */
  readonly spawned: number[];
  readonly through: number[];
  readonly agents: AgentState[];
}

/** Where the program begins. */
export function initial(listing: Listing): State {
  return {
    words: new Array<number>(sizes.words).fill(0),
    mutexes: new Array<number>(sizes.mutexes).fill(-1),
    rws: Array.from({ length: sizes.rws }, () => ({ writer: -1, readers: [], queued: [] })),
    completion: 0,
    reference: { active: true, users: [] },
    spawned: [],
    through: [],
    agents: listing.map((code) => skipJumps({ at: 0, queued: false, seen: 0, log: [] }, code)),
  };
}

/** Goes over instructions that are no operations. */
function skipJumps(agent: AgentState, code: readonly Instruction[]): AgentState {
  for (;;) {
    const instruction = code[agent.at];
    if (instruction === undefined || !isJump(instruction)) return agent;
    agent.at = afterJump(instruction, agent.at, agent.seen);
  }
}

/** The state after this agent's next operation; undefined if it has none or has to wait. */
export function step(
  before: State,
  agent: number,
  code: readonly Instruction[],
): State | undefined {
  const instruction = code[before.agents[agent]!.at];
  if (instruction === undefined) return undefined;
  const state = structuredClone(before);
  const me = state.agents[agent]!;
  const outcome = perform(state, agent, instruction);
  if (outcome === 'blocked') return undefined;
  me.queued = outcome === 'queued';
  if (me.queued) return state;
  if (typeof outcome === 'number' && !('quiet' in instruction)) {
    me.log.push(outcome);
    me.seen = outcome;
  }
  const goesBack = instruction.op === 'retry' || outcome === 0;
  me.at = goesBack && 'otherwise' in instruction ? instruction.otherwise : me.at + 1;
  skipJumps(me, code);
  return state;
}

/** Nothing, what the operation answered, or that it did not come to its end. */
type Outcome = void | number | 'blocked' | 'queued';

function perform(state: State, agent: number, instruction: Instruction): Outcome {
  if ('word' in instruction) return performWord(state, agent, instruction);
  if ('mutex' in instruction) return performMutex(state, agent, instruction);
  if ('rw' in instruction) return performRw(state, agent, instruction);
  if ('child' in instruction) return performSpawn(state, instruction);
  return performOther(state, agent, instruction);
}

function performWord(
  { words, agents }: State,
  agent: number,
  instruction: Extract<Instruction, { word: number }>,
): Outcome {
  const { word } = instruction;
  const value = words[word]!;
  switch (instruction.op) {
    case 'read':
    case 'load':
      return value;
    case 'compareExchange':
      if (value === instruction.from) words[word] = instruction.to;
      return value;
    case 'waitUntil': {
      const wanted = instruction.value;
      const holds = {
        equal: value === wanted,
        not: value !== wanted,
        atLeast: value >= wanted,
        atMost: value <= wanted,
      }[instruction.how];
      return holds ? value : 'blocked';
    }
    default: {
      const given = instruction.value + (instruction.carry ? agents[agent]!.seen : 0);
      words[word] = instruction.op === 'add' ? value + given : given;
      return instruction.op === 'add' || instruction.op === 'exchange' ? value : undefined;
    }
  }
}

function performMutex(
  { mutexes }: State,
  agent: number,
  { op, mutex }: Extract<Instruction, { mutex: number }>,
): Outcome {
  const free = mutexes[mutex] === -1;
  if (op === 'release') {
    mutexes[mutex] = -1;
    return undefined;
  }
  if (free) mutexes[mutex] = agent;
  if (op === 'tryAcquire') return free ? 1 : 0;
  return free ? undefined : 'blocked';
}

function performRw(
  { rws, agents }: State,
  agent: number,
  { op, rw }: Extract<Instruction, { rw: number }>,
): Outcome {
  const lock = rws[rw]!;
  const queues = rw % 2 === 1;
  const readable = lock.writer === -1 && !(queues && lock.queued.length > 0);
  const empty = lock.writer === -1 && lock.readers.length === 0;
  switch (op) {
    case 'acquireRead':
    case 'tryRead':
      if (readable) lock.readers = withAgent(lock.readers, agent);
      if (op === 'tryRead') return readable ? 1 : 0;
      return readable ? undefined : 'blocked';
    case 'acquireWrite':
      if (empty) {
        lock.writer = agent;
        lock.queued = lock.queued.filter((one) => one !== agent);
        return undefined;
      }
      if (!queues || agents[agent]!.queued) return 'blocked';
      lock.queued = withAgent(lock.queued, agent);
      return 'queued';
    case 'tryWrite':
      if (empty) lock.writer = agent;
      return empty ? 1 : 0;
    case 'releaseRead':
      lock.readers.splice(lock.readers.indexOf(agent), 1);
      return undefined;
    case 'releaseWrite':
      lock.writer = -1;
      return undefined;
    case 'downgrade':
      lock.writer = -1;
      lock.readers = withAgent(lock.readers, agent);
      return undefined;
  }
}

/** The agents and this one, in order, so that equal states look equal. */
function withAgent(agents: readonly number[], agent: number): number[] {
  return [...agents, agent].sort((one, other) => one - other);
}

function performSpawn(
  state: State,
  { op, child }: Extract<Instruction, { child: number }>,
): Outcome {
  switch (op) {
    case 'spawn':
      if (!state.spawned.includes(child)) state.spawned.push(child);
      state.spawned.sort((one, other) => one - other);
      return undefined;
    case 'begin':
      return state.spawned.includes(child) ? undefined : 'blocked';
    case 'end':
      state.through.push(child);
      state.through.sort((one, other) => one - other);
      return undefined;
    case 'join':
      return state.through.includes(child) ? undefined : 'blocked';
  }
}

function performOther(
  state: State,
  agent: number,
  {
    op,
  }: Exclude<
    Instruction,
    { word: number } | { mutex: number } | { rw: number } | { child: number }
  >,
): Outcome {
  const { reference } = state;
  switch (op) {
    case 'complete':
      if (state.completion !== 'all') state.completion++;
      return undefined;
    case 'completeAll':
      state.completion = 'all';
      return undefined;
    case 'reinit':
      state.completion = 0;
      return undefined;
    case 'wait':
      if (state.completion === 0) return 'blocked';
      if (state.completion !== 'all') state.completion--;
      return undefined;
    case 'activate':
      reference.active = true;
      return undefined;
    case 'tryRef':
      if (reference.active) reference.users = withAgent(reference.users, agent);
      return reference.active ? 1 : 0;
    case 'releaseRef':
      reference.users.splice(reference.users.indexOf(agent), 1);
      return undefined;
    case 'drain':
      if (!state.agents[agent]!.queued) reference.active = false;
      else if (reference.users.length > 0) return 'blocked';
      return reference.users.length > 0 ? 'queued' : undefined;
    case 'retry':
      return undefined;
    default:
      throw new Error('a jump is no operation');
  }
}
