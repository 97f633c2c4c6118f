import type { Program } from '../../src/execute/program.ts';
import type { Arena, SpawnedAgent, Step, Word } from '../../src/program/index.ts';
import { agentsOf, sampleProgram } from '../../test/execute/sample-programs.ts';

interface OneWord {
  readonly x: Word;
}

const oneWord = (arena: Arena): OneWord => ({ x: arena.word('x') });

/** `count` agents over one word, each knowing its number from 0. */
function overOneWord(count: number, body: (x: Word, index: number) => Step): Program {
  return sampleProgram<OneWord>({
    setup: oneWord,
    agents: agentsOf(
      'agent',
      count,
      (index) =>
        function* ({ x }) {
          yield* body(x, index);
        },
    ),
  });
}

/** Agent i = 1..n: compare-exchange x from i - 1 to i. */
export function casrot(n: number): Program {
  return overOneWord(n, function* (x, index) {
    yield* x.compareExchange(index, index + 1);
  });
}

/** Agent i: compare-exchange x from 0 to 1, then store i + 3. */
export function casw(n: number): Program {
  return overOneWord(n, function* (x, index) {
    yield* x.compareExchange(0, 1);
    yield* x.store(index + 3);
  });
}

/** n agents that add to x. */
export function ainc(n: number): Program {
  return overOneWord(n, function* (x) {
    yield* x.add(1);
  });
}

/** n agents that load x and store it. */
export function inc(n: number): Program {
  return overOneWord(n, function* (x) {
    yield* x.store((yield* x.load()) + 1);
  });
}

/** n agents that add to x, then to y. */
export function binc(n: number): Program {
  return sampleProgram<{ x: Word; y: Word }>({
    setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
    agents: agentsOf(
      'agent',
      n,
      () =>
        function* ({ x, y }) {
          yield* x.add(1);
          yield* y.add(1);
        },
    ),
  });
}

/** n agents store to x, one loads it. */
export function floatingRead(n: number): Program {
  return overOneWord(n + 1, function* (x, index) {
    if (index < n) yield* x.store(index + 1);
    else yield* x.load();
  });
}

/** What agents share that are spawned and joined by `main`. */
interface Family {
  readonly x: Word;
  readonly children: readonly SpawnedAgent[];
}

/** `main` spawns n agents, joins them, and loads x; each child knows its number from 0. */
function overJoined(n: number, body: (x: Word, index: number) => Step): Program {
  return sampleProgram<Family>({
    setup: (arena) => ({ x: arena.word('x'), children: spawnedAgents(arena, 'child', n) }),
    agents: {
      *main({ x, children }) {
        for (const child of children) yield* child.spawn();
        for (const child of children) yield* child.join();
        yield* x.load();
      },
      ...agentsOf<Family>(
        'child',
        n,
        (index) =>
          function* ({ x }) {
            yield* body(x, index);
          },
      ),
    },
  });
}

function spawnedAgents(arena: Arena, prefix: string, count: number): SpawnedAgent[] {
  return Array.from({ length: count }, (_, index) => arena.spawned(`${prefix}${index}`));
}

/** n agents store to x; main joins them, then loads it. */
export function lastwrite(n: number): Program {
  return overJoined(n, function* (x, index) {
    yield* x.store(index + 1);
  });
}

/** n deposits and a withdrawal, each a load and a store; main joins them, then loads x. */
export function account(n: number): Program {
  return overJoined(n + 1, function* (x, index) {
    yield* x.store((yield* x.load()) + (index < n ? 1 : -1));
  });
}

/** Two agents add i and j to each other, n times each; a third looks at i, then at j. */
export function fibBench(n: number): Program {
  return sampleProgram<{ i: Word; j: Word }>({
    setup: (arena) => ({ i: arena.word('i', 1), j: arena.word('j', 1) }),
    agents: {
      *first({ i, j }) {
        for (let round = 0; round < n; round++) {
          yield* i.store((yield* i.load()) + (yield* j.load()));
        }
      },
      *second({ i, j }) {
        for (let round = 0; round < n; round++) {
          yield* j.store((yield* j.load()) + (yield* i.load()));
        }
      },
      *main({ i, j }) {
        const bound = fibonacci(2 * n + 2);
        if ((yield* i.load()) < bound) yield* j.load();
      },
    },
  });
}

function fibonacci(n: number): number {
  return n <= 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2);
}

/**
 * `main` counts idx up and spawns another agent, n times, and joins them all; each of those loads
 * idx and stores to the array there.
 */
export function sigma(n: number): Program {
  interface World {
    readonly idx: Word;
    readonly threads: readonly SpawnedAgent[];
    readonly array: readonly Word[];
  }
  return sampleProgram<World>({
    setup: (arena) => ({
      idx: arena.word('idx'),
      threads: spawnedAgents(arena, 'thread', n),
      array: Array.from({ length: n + 1 }, (_, i) => arena.word(`array${i}`)),
    }),
    agents: {
      *main({ idx, threads }) {
        for (const thread of threads) {
          yield* idx.store((yield* idx.load()) + 1);
          yield* thread.spawn();
        }
        for (const thread of threads) yield* thread.join();
      },
      ...agentsOf<World>(
        'thread',
        n,
        () =>
          function* ({ idx, array }) {
            yield* array[yield* idx.load()]!.store(1);
          },
      ),
    },
  });
}

/** n agents load x, n store to y; r: if y is 0, z = 1; s: if z is 1 and y is 0, x = 1. */
export function controlFlow(n: number): Program {
  interface World {
    readonly x: Word;
    readonly y: Word;
    readonly z: Word;
  }
  return sampleProgram<World>({
    setup: (arena) => ({ x: arena.word('x'), y: arena.word('y'), z: arena.word('z') }),
    agents: {
      ...agentsOf<World>(
        'reader',
        n,
        () =>
          function* ({ x }) {
            yield* x.load();
          },
      ),
      ...agentsOf<World>(
        'writer',
        n,
        () =>
          function* ({ y }) {
            yield* y.store(1);
          },
      ),
      *r({ y, z }) {
        if ((yield* y.load()) === 0) yield* z.store(1);
      },
      *s({ x, y, z }) {
        if ((yield* z.load()) === 1 && (yield* y.load()) === 0) yield* x.store(1);
      },
    },
  });
}

/**
 * n agents store to a word each, one counts c up to n - 1, and one stores to the word that c names:
 * 2n traces, while search without wakeup trees needs exponentially many runs (the shape of
 * "Quasi-Optimal Partial Order Reduction", CAV 2018).
 */
export function separator(n: number): Program {
  interface World {
    readonly words: readonly Word[];
    readonly c: Word;
  }
  return sampleProgram<World>({
    setup: (arena) => ({
      words: Array.from({ length: n }, (_, i) => arena.word(`x${i}`)),
      c: arena.word('c'),
    }),
    agents: {
      ...agentsOf<World>(
        'writer',
        n,
        (index) =>
          function* ({ words }) {
            yield* words[index]!.store(1);
          },
      ),
      *counter({ c }) {
        for (let value = 1; value < n; value++) yield* c.store(value);
      },
      *master({ words, c }) {
        yield* words[yield* c.load()]!.store(2);
      },
    },
  });
}
