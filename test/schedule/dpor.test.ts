import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import {
  attempt,
  check,
  retry,
  type Arena,
  type Mutex,
  type Word,
} from '../../src/program/index.ts';
import { explore } from '../../src/schedule/explore.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { DepthFirst, NondeterminismError, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { smallCases } from '../../bench/dpor/dpor-programs.ts';
import { abba, counter, hotplug, readers } from '../execute/classic-programs.ts';
import { agentsOf, sampleProgram } from '../execute/sample-programs.ts';
import { ways } from './dpor-campaign.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({
  name: 'dpor',
  make: () => new Dpor(),
  skips: {
    seeds: 'it takes no seed',
    'any execution alone': 'execution n follows from those before it',
  },
});

interface Ends {
  all: number;
  deadlocked: number;
  failed: number;
}

/** All executions by how they ended; none may be given up, and no sequence may be left. */
function explored(program: Program, trees = false): Ends {
  const coroutines = new Coroutines(program);
  if (trees) coroutines.machine.sharersExclude = true;
  const strategy = new Dpor();
  const ends: Ends = { all: 0, deadlocked: 0, failed: 0 };
  coroutines.runAll(strategy, 0, ({ end }) => {
    ends.all++;
    if (end === 'stalled') ends.deadlocked++;
    if (end === 'failed') ends.failed++;
    assert.ok(end !== 'abandoned' && end !== 'cutOff');
    return ends.all > 20_000;
  });
  assert.ok(strategy.exhausted, 'the search is through');
  assert.equal(strategy.blocked, 0);
  assert.equal(strategy.waiting.now, 0);
  return ends;
}

describe('dpor runs one execution for each trace, and none besides', () => {
  for (const { name, make, traces, deadlocked } of smallCases) {
    test(`${name} has ${traces}, of which ${deadlocked} are deadlocked`, () => {
      for (const { trees } of ways) {
        assert.deepEqual(explored(make(), trees), { all: traces, deadlocked, failed: 0 });
      }
    });
  }

  test('a try that fails is run against the lock and against the unlock', () => {
    const program = sampleProgram<Mutex>({
      setup: (arena) => arena.mutex('lock'),
      agents: {
        *holder(lock) {
          yield* lock.acquire();
          yield* lock.release();
        },
        *trier(lock) {
          if (yield* lock.tryAcquire()) yield* lock.release();
        },
      },
    });
    assert.equal(explored(program).all, 3);
  });

  test('tries that fail on a lock that is held commute', () => {
    const program = sampleProgram<Mutex>({
      setup: (arena) => arena.mutex('lock'),
      agents: {
        *holder(lock) {
          yield* lock.acquire();
        },
        ...agentsOf<Mutex>(
          'trier',
          2,
          () =>
            function* (lock) {
              yield* lock.tryAcquire();
            },
        ),
      },
    });
    // Whoever is the first to take the lock; the holder waits for good if it is another one.
    assert.deepEqual(explored(program), { all: 3, deadlocked: 2, failed: 0 });
  });

  test('a queued writer stops new readers: to queue is a step of its own', () => {
    const rwLock = (queues: boolean): Program =>
      sampleProgram({
        setup: (arena: Arena) => (queues ? arena.rwSemaphore('lock') : arena.rwLock('lock')),
        agents: {
          *reader(lock) {
            yield* lock.acquireRead();
            yield* lock.acquireRead();
            yield* lock.releaseRead();
            yield* lock.releaseRead();
          },
          *writer(lock) {
            yield* lock.acquireWrite();
            yield* lock.releaseWrite();
          },
        },
      });
    // Before or after the reader.
    assert.deepEqual(explored(rwLock(false)), { all: 2, deadlocked: 0, failed: 0 });
    // Or queued before its second, its first or its second release, and it deadlocks on the first.
    assert.deepEqual(explored(rwLock(true)), { all: 5, deadlocked: 1, failed: 0 });
  });

  test('a program without steps has one', () => {
    const program = sampleProgram({
      setup: () => ({}),
      agents: {
        *idle() {
          // Nothing to do.
        },
      },
    });
    assert.equal(explored(program).all, 1);
  });

  test('a retry loop ends, and each way round it is run', () => {
    const program = sampleProgram<Mutex>({
      setup: (arena) => arena.mutex('lock'),
      agents: {
        *holder(lock) {
          yield* lock.acquire();
          yield* lock.release();
        },
        *trier(lock) {
          for (;;) {
            yield* attempt();
            if (yield* lock.tryAcquire()) break;
            yield* retry(1);
          }
          yield* lock.release();
        },
      },
    });
    // Before the holder; after it; in between, and then again after it.
    assert.deepEqual(explored(program), { all: 3, deadlocked: 0, failed: 0 });
  });
});

describe('where an agent fails, dpor', () => {
  interface World {
    readonly x: Word;
    readonly y: Word;
  }

  function failing(fails: boolean): Program {
    return sampleProgram<World>({
      setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
      agents: {
        *checker({ x }) {
          const seen = yield* x.load();
          if (fails) check(seen === 2, 'x is 2');
        },
        *writer({ x, y }) {
          // Its first step concerns nobody: were the execution over with the checker's failure, the
          // second one would never be seen.
          yield* y.store(1);
          yield* x.store(1);
          yield* x.store(2);
        },
      },
    });
  }

  test('goes on with the others and misses no order', () => {
    assert.deepEqual(explored(failing(false)), { all: 3, deadlocked: 0, failed: 0 });
    assert.deepEqual(explored(failing(true)), { all: 3, deadlocked: 0, failed: 2 });
  });

  test('reports the failure with the schedule up to there', async () => {
    const { findings, complete, counts } = await explore(failing(true), {
      strategy: new Dpor(),
      seed: 1,
    });
    assert.equal(complete, true);
    assert.equal(counts.failed, 2);
    assert.deepEqual(
      findings.map(({ finding }) => finding.kind),
      ['assertion-failed'],
    );
    assert.equal(findings[0]!.steps.agents.length, 1);
  });
});

describe('dpor', () => {
  test('finds the deadlocks and goes on past them', async () => {
    const { findings, statement, counts } = await explore(hotplug(false), {
      strategy: new Dpor(),
      seed: 1,
    });
    assert.equal(counts.stalled, 4);
    assert.ok(findings.some(({ finding }) => finding.kind === 'deadlock'));
    assert.equal(
      statement,
      'explored completely: 17 executions are all there are up to the order of independent steps',
    );
  });

  test('says that it is not through when it was stopped', async () => {
    const { complete, statement } = await explore(counter(3, 2), {
      strategy: new Dpor(),
      seed: 1,
      executions: 10,
    });
    assert.equal(complete, false);
    assert.equal(statement, 'not complete: stopped after 10 executions');
  });

  test('steps less than sleep sets do, for the same executions', () => {
    const steps = (strategy: Dpor | DepthFirst): number => {
      let sum = 0;
      new Coroutines(abba(4), { checks: false }).runAll(strategy, 0, (outcome) => {
        sum += outcome.steps;
        return false;
      });
      return sum;
    };
    assert.ok(steps(new Dpor()) < steps(new DepthFirst({ preemptions: unbounded })));
  });

  test('keeps what waits to be run within the present execution', () => {
    for (const [program, most] of [
      [counter(4, 2), 256],
      [abba(8), 256],
      [readers(8), 128],
    ] as const) {
      const strategy = new Dpor();
      new Coroutines(program, { checks: false }).runAll(strategy, 0, () => false);
      assert.ok(strategy.waiting.most <= most, `${strategy.waiting.most} steps`);
    }
  });

  test('names the choice at which a program is not deterministic', () => {
    let runs = 0;
    const program = sampleProgram<{ x: Word; y: Word }>({
      setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
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
    assert.throws(() => sequences(program, new Dpor(), Infinity), NondeterminismError);
  });
});

test('refuses a scenario with invariants of every step, as it visits not every state', async () => {
  const program = sampleProgram({
    setup: (arena: Arena) => ({ x: arena.word('x'), y: arena.word('y') }),
    agents: {
      *one({ x }) {
        yield* x.store(1);
      },
      *two({ y }) {
        yield* y.store(1);
      },
    },
    invariants: [
      { name: 'x comes first', when: 'step', holds: ({ x, y }) => y.peek() <= x.peek() },
    ],
  });
  await assert.rejects(explore(program, { strategy: new Dpor(), seed: 1 }), {
    name: 'UserError',
    message: /has invariants of every step, and dpor does not visit every state/,
  });
  const strategy = new DepthFirst({ preemptions: unbounded });
  const { findings } = await explore(program, { strategy, seed: 1 });
  assert.equal(findings.length, 1);
});
