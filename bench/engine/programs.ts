import { scenario, type Scenario, type Step } from '../../src/program/index.ts';
import type { Mutex, Word } from '../../src/program/index.ts';

/** A program twice: as agents, and as plain generators that do the same steps on a plain array. */
export interface BenchProgram {
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: string;
  readonly form: string;
  /** Makes the bare generators of one execution; undefined: they are recorded from the agents. */
  readonly bare: ((memory: Int32Array) => Generator<undefined, void, undefined>[]) | undefined;
}

interface CounterWorld {
  readonly lock: Mutex;
  readonly x: Word;
}

function* counterAgent(world: CounterWorld): Step {
  yield* world.lock.acquire();
  yield* world.x.write((yield* world.x.read()) + 1);
  yield* world.lock.release();
}

const lockAt = 0;
const xAt = 1;

function* bareCounter(memory: Int32Array): Generator<undefined, void, undefined> {
  yield;
  memory[lockAt] = 1;
  yield;
  const before = memory[xAt]!;
  yield;
  memory[xAt] = before + 1;
  yield;
  memory[lockAt] = 0;
}

/** counter(2, 1): two agents, each of which takes a lock, reads, writes, releases: 8 steps. */
export const counter: BenchProgram = {
  name: 'counter, 2 agents',
  scenario: scenario<CounterWorld>({
    name: 'bench-counter',
    summary: 'lock, x++, unlock',
    source: 'the counter program of the exploration literature',
    setup: (arena) => ({ lock: arena.mutex('lock'), x: arena.word('x') }),
    agents: { one: counterAgent, two: counterAgent },
  }) as Scenario,
  variant: 'default',
  form: 'full',
  bare: (memory) => [bareCounter(memory), bareCounter(memory)],
};

interface LocksWorld {
  readonly locks: readonly Mutex[];
  readonly words: readonly Word[];
}

/** Agent i holds lock i, then lock i + 1 under a gate, and changes the words of both. */
function locksAgent(i: number): (world: LocksWorld) => Step {
  return function* (world) {
    const { locks, words } = world;
    const next = (i + 1) % 4;
    yield* locks[4]!.acquire();
    yield* locks[i]!.acquire();
    yield* locks[next]!.acquire();
    yield* words[i]!.write((yield* words[i]!.read()) + 1);
    yield* words[next]!.write((yield* words[next]!.read()) + 1);
    yield* locks[next]!.release();
    yield* locks[i]!.release();
    yield* locks[4]!.release();
  };
}

function* bareLocks(memory: Int32Array, i: number): Generator<undefined, void, undefined> {
  const next = (i + 1) % 4;
  yield;
  memory[4] = 1;
  yield;
  memory[i] = 1;
  yield;
  memory[next] = 1;
  yield;
  const first = memory[8 + i]!;
  yield;
  memory[8 + i] = first + 1;
  yield;
  const second = memory[8 + next]!;
  yield;
  memory[8 + next] = second + 1;
  yield;
  memory[next] = 0;
  yield;
  memory[i] = 0;
  yield;
  memory[4] = 0;
}

const four = [0, 1, 2, 3];

/** Four agents, two of four locks each, under a gate: 40 steps. */
export const locks: BenchProgram = {
  name: 'locks, 4 agents',
  scenario: scenario<LocksWorld>({
    name: 'bench-locks',
    summary: 'two locks under a gate',
    source: 'the gated lock ring of the exploration literature',
    setup: (arena) => ({
      locks: [...four.map((i) => arena.mutex(`lock${i}`)), arena.mutex('gate')],
      words: four.map((i) => arena.word(`x${i}`)),
    }),
    agents: Object.fromEntries(four.map((i) => [`agent${i}`, locksAgent(i)])),
  }) as Scenario,
  variant: 'default',
  form: 'full',
  bare: (memory) => four.map((i) => bareLocks(memory, i)),
};
