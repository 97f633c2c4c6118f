import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { equivalenceCases } from '../../bench/dpor/equivalence-programs.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import {
  attempt,
  check,
  retry,
  type Arena,
  type Region,
  type RwLock,
  type Word,
} from '../../src/program/index.ts';
import { explore } from '../../src/schedule/explore.ts';
import { ClassSearch } from '../../src/schedule/strategies/class-search.ts';
import type { Equivalence } from '../../src/schedule/strategies/classes/compared-words.ts';
import { NondeterminismError } from '../../src/schedule/strategies/dfs.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';
import { hotplug } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { classCampaign } from './class-campaign.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({
  name: 'dpor',
  make: () => new ClassSearch('reads-from'),
  skips: {
    seeds: 'it takes no seed',
    'any execution alone': 'execution n follows from those before it',
  },
});

interface Ends {
  all: number;
  deadlocked: number;
  blocked: number;
}

function explored(program: Program, equivalence: Equivalence): Ends {
  const strategy = new ClassSearch(equivalence);
  const ends = { all: 0, deadlocked: 0, blocked: 0 };
  new Coroutines(program).runAll(strategy, 0, ({ end }) => {
    if (end === 'abandoned') ends.blocked++;
    else ends.all++;
    if (end === 'stalled') ends.deadlocked++;
    return ends.all > 20_000;
  });
  assert.ok(strategy.exhausted);
  assert.equal(strategy.blocked, ends.blocked);
  return ends;
}

describe('dpor runs one execution for each class, and none besides', () => {
  for (const { name, make, traces, observers, readsFrom } of equivalenceCases) {
    test(`${name}: ${traces} traces, ${observers} by observers, ${readsFrom} by reads-from`, () => {
      assert.equal(explored(make(), 'traces').all, traces);
      const ends = [explored(make(), 'observers'), explored(make(), 'reads-from')];
      assert.deepEqual(
        ends.map(({ all, blocked }) => [all, blocked]),
        [
          [observers, 0],
          [readsFrom, 0],
        ],
      );
    });
  }

  test('deadlocks are found by all of them', () => {
    for (const equivalence of ['traces', 'observers', 'reads-from'] as const) {
      assert.equal(explored(hotplug(false), equivalence).deadlocked, 4);
    }
  });
});

// Programs from a fixed seed: the same on every machine.
for (const look of ['traces', 'observers', 'reads-from'] as const) {
  describe(`each class of random programs is run once by ${look}, with its outcome`, () => {
    for (const { name, run } of classCampaign(look, 250, 1)) {
      test(name, () => {
        const { programs, leftOut, classes, deadlocks, blocked } = run();
        assert.ok(leftOut < programs / 3, 'few programs are too large to enumerate');
        assert.ok(deadlocks > 0 || name.endsWith('load and store'), 'some of them deadlock');
        // Of these, many wait for a value or an end that may never come (5 of 281 classes).
        const most = name === 'agents that spawn and join others' ? classes / 50 : 0;
        assert.ok(blocked <= most, `${blocked} were given up`);
      });
    }
  });
}

interface Words {
  readonly x: Word;
  readonly y: Word;
}

const words = (arena: Arena): Words => ({ x: arena.word('x'), y: arena.word('y') });

describe('dpor by reads-from', () => {
  test('meets an agent that waits for ever for a value that went by, and one that met it', () => {
    const program = sampleProgram<Words>({
      setup: words,
      agents: {
        *setter({ x }) {
          yield* x.store(1);
          yield* x.store(2);
        },
        *waiter({ x }) {
          yield* x.waitUntil(1);
        },
      },
    });
    for (const equivalence of ['observers', 'reads-from'] as const) {
      const { all, deadlocked } = explored(program, equivalence);
      assert.deepEqual({ all, deadlocked }, { all: 2, deadlocked: 1 });
    }
  });

  test('meets an agent that waits for ever, as another one need not have', () => {
    const program = sampleProgram<Words>({
      setup: words,
      agents: {
        *setter({ x, y }) {
          yield* y.store(1);
          yield* x.store(1);
        },
        *early({ x, y }) {
          yield* y.waitUntil(1);
          yield* x.waitUntil(0);
          yield* x.store(0);
        },
        *waiter({ x }) {
          yield* x.waitUntil(1);
        },
      },
    });
    assert.deepEqual(explored(program, 'observers'), { all: 4, deadlocked: 2, blocked: 1 });
    assert.deepEqual(explored(program, 'reads-from'), { all: 3, deadlocked: 2, blocked: 1 });
  });

  test('meets an agent that could have gone and waits for ever, as others went first', () => {
    const program = sampleProgram<Words>({
      setup: words,
      agents: {
        *setter({ x }) {
          yield* x.store(1);
        },
        *waiter({ x }) {
          yield* x.waitUntil(1);
        },
        *late({ x, y }) {
          yield* y.waitUntil(0);
          yield* x.store(2);
        },
      },
    });
    const { all, deadlocked } = explored(program, 'reads-from');
    assert.deepEqual({ all, deadlocked }, { all: 2, deadlocked: 1 });
  });

  test('meets a writer that readers keep out for ever, as they wait for each other', () => {
    interface World extends Words {
      readonly lock: RwLock;
    }
    const program = sampleProgram<World>({
      setup: (arena) => ({ ...words(arena), lock: arena.rwLock('lock') }),
      agents: {
        *writer({ lock }) {
          yield* lock.acquireWrite();
          yield* lock.releaseWrite();
        },
        *one({ lock, x, y }) {
          yield* lock.acquireRead();
          yield* x.store(1);
          yield* y.waitUntil(1);
          yield* lock.releaseRead();
        },
        *other({ lock, x, y }) {
          yield* lock.acquireRead();
          yield* x.waitUntil(2);
          yield* y.store(1);
          yield* lock.releaseRead();
        },
      },
    });
    const { all, deadlocked } = explored(program, 'reads-from');
    assert.equal(all, deadlocked);
    // The writer before both, between them (two ways), or kept out.
    assert.equal(explored(program, 'traces').all, all);
  });

  test('counts what it gives up, where "it never goes on" is no answer', () => {
    const program = sampleProgram<Words>({
      setup: words,
      agents: {
        *setter({ x, y }) {
          yield* x.store(1);
          yield* y.waitUntil(1);
          yield* x.store(2);
          yield* x.store(1);
        },
        *waiter({ x, y }) {
          yield* x.waitUntil(1);
          yield* y.store(1);
        },
      },
    });
    const { deadlocked } = explored(program, 'reads-from');
    assert.equal(deadlocked, 0);
  });

  test('tells apart what invariants of the end can see', async () => {
    const racing = (withInvariant: boolean): Program =>
      sampleProgram<Words>({
        setup: words,
        agents: {
          *one({ x }) {
            yield* x.store(1);
          },
          *two({ x }) {
            yield* x.store(2);
          },
        },
        ...(withInvariant && {
          invariants: [{ name: 'two was last', when: 'end', holds: ({ x }) => x.peek() === 2 }],
        }),
      });
    const run = (program: Program) =>
      explore(program, { strategy: new ClassSearch('reads-from'), seed: 1 });
    assert.equal((await run(racing(false))).counts.executions, 1);
    const { counts, findings } = await run(racing(true));
    assert.equal(counts.executions, 2);
    assert.deepEqual(
      findings.map(({ finding }) => finding.kind),
      ['invariant-violated'],
    );
  });

  test('finds a failure that one order of writes leads to', async () => {
    const program = sampleProgram<Words>({
      setup: words,
      agents: {
        *one({ x }) {
          yield* x.store(1);
        },
        *two({ x, y }) {
          yield* x.store(2);
          yield* y.store(1);
        },
        *reader({ x, y }) {
          if ((yield* y.load()) === 1) check((yield* x.load()) === 2, 'x is 2');
        },
      },
    });
    const { findings, statement, complete } = await explore(program, {
      strategy: new ClassSearch('reads-from'),
      seed: 1,
    });
    assert.ok(complete);
    assert.ok(findings.some(({ finding }) => finding.kind === 'assertion-failed'));
    assert.equal(
      statement,
      'explored completely as to deadlocks, failures and invariants, once for each write of each ' +
        'read and order of locks: 3 executions',
    );
  });

  test('refuses retry loops where memory comes and goes, and says what to do', async () => {
    const program = sampleProgram<Words & { readonly region: Region }>({
      setup: (arena) => ({
        ...words(arena),
        region: arena.region('region', () => arena.word('z')).region,
      }),
      agents: {
        *one({ x }) {
          yield* attempt();
          if ((yield* x.load()) === 0) yield* retry(1);
        },
        *two({ x, region }) {
          yield* region.retire();
          yield* x.store(1);
        },
      },
    });
    await assert.rejects(explore(program, { strategy: new ClassSearch('observers'), seed: 1 }), {
      name: 'UserError',
      message:
        'the equivalence "observers" knows no retry loops where memory comes and goes: explore ' +
        "this by dpor's own, `--equivalence traces`",
    });
  });

  test('names the choice at which a program is not deterministic', () => {
    let runs = 0;
    const program = sampleProgram<Words>({
      setup: words,
      agents: {
        *a({ x, y }) {
          yield* (runs++ === 0 ? x : y).add(1);
          yield* x.add(1);
        },
        *b({ x }) {
          yield* x.add(1);
        },
      },
    });
    assert.throws(
      () => sequences(program, new ClassSearch('reads-from'), Infinity),
      NondeterminismError,
    );
  });
});

test('a bound on preemptions goes with the equivalence of traces only', () => {
  const options = { seed: 1, depth: 3, preemptions: 2 };
  assert.equal(strategyNamed('dpor', options).limits, ' with at most 2 preemptions');
  assert.throws(() => strategyNamed('dpor', { ...options, equivalence: 'observers' }), {
    name: 'UserError',
    message: '`--preemptions` bounds dpor with the equivalence "traces", not with "observers"',
  });
  const { name } = strategyNamed('dpor', {
    ...options,
    preemptions: unbounded,
    equivalence: 'observers',
  });
  assert.equal(name, 'dpor');
});
