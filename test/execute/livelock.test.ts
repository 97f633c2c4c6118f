import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/operation.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { pause, retry, attempt, type Arena, type Word } from '../../src/program/index.ts';
import { findingText } from '../../src/report/finding-text.ts';
import { explore } from '../../src/schedule/explore.ts';
import { recordFinding } from '../../src/schedule/finding-collector.ts';
import type { FindingRecord } from '../../src/schedule/finding-record.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { counter } from './classic-programs.ts';
import { agentsOf, sampleProgram } from './sample-programs.ts';

/** Each gives way when it sees the other; fixed: the second one does not. */
function polite(fixed: boolean): Program {
  const setup = (arena: Arena) => ({ wants: [arena.word('wants0'), arena.word('wants1')] });
  return sampleProgram({
    setup,
    stepsMax: 60,
    agents: agentsOf<ReturnType<typeof setup>>(
      'guest',
      2,
      (i) =>
        function* ({ wants }) {
          yield* wants[i]!.store(1);
          while ((yield* wants[1 - i]!.load()) === 1) {
            if (fixed && i === 1) {
              yield* pause();
              continue;
            }
            yield* wants[i]!.store(0);
            yield* pause();
            yield* wants[i]!.store(1);
          }
          yield* wants[i]!.store(0);
        },
    ),
  });
}

/** One spins on a flag; the other sets it, if it does. */
function spin(options: { sets: boolean; pauses: boolean; others?: boolean }): Program {
  const setup = (arena: Arena) => ({ flag: arena.word('flag'), lock: arena.mutex('lock') });
  return sampleProgram({
    setup,
    stepsMax: 400,
    agents: {
      *spinner({ flag, lock }) {
        yield* lock.acquire();
        while ((yield* flag.load()) === 0) if (options.pauses) yield* pause();
        yield* lock.release();
      },
      *setter({ flag, lock }) {
        if (options.sets) yield* flag.store(1);
        yield* lock.acquire();
        yield* lock.release();
      },
    },
  });
}

async function found(program: Program, strategy: Strategy, executions = 30) {
  const exploration = await explore(program, { strategy, seed: 1, executions, seconds: 10 });
  return exploration.findings;
}

const kinds = (records: readonly FindingRecord[]): string[] =>
  records.map(({ finding }) => `${finding.kind}: ${finding.title}`).sort();

const strategies: Readonly<Record<string, () => Strategy>> = {
  random: () => new RandomWalk({ seed: 1 }),
  pct: () => new Pct({ seed: 1, depth: 3 }),
  dfs: () => new DepthFirst({ preemptions: 1 }),
};

describe('agents that go round for ever', () => {
  test('are told where both give way, and the schedule ends with one round', async () => {
    const program = polite(false);
    const records = await found(program, new DepthFirst({ preemptions: unbounded }), 20_000);
    assert.deepEqual(kinds(records), ['livelock: livelock: guest0 and guest1 go round for ever']);
    const [record] = records;
    assert.ok(record!.steps.agents.length <= 12, `${record!.steps.agents.length} steps`);
    const text = findingText(record!);
    assert.match(text, /guest0 +goes round, looking at wants1/);
    assert.match(text, /guest1 +goes round, looking at wants0/);
    // It replays to the same, byte for byte.
    const again = recordFinding(program, record!.steps, record!.finding.key, record!.origin)!;
    assert.deepEqual(again.steps, record!.steps);
    assert.equal(again.fingerprint, record!.fingerprint);
  });

  for (const [name, strategy] of Object.entries(strategies)) {
    test(`are told by ${name} where one spins on what never comes`, async () => {
      const records = await found(spin({ sets: false, pauses: true }), strategy());
      assert.deepEqual(kinds(records), ['livelock: livelock: spinner goes round for ever']);
      assert.match(findingText(records[0]!), /spinner +goes round, looking at flag/);
    });

    test(`are told by ${name} where such a spin has no pause`, async () => {
      const records = await found(spin({ sets: false, pauses: false }), strategy());
      assert.deepEqual(kinds(records), ['livelock: livelock: spinner goes round for ever']);
      assert.match(findingText(records[0]!), /spins without a pause, looking at flag/);
    });

    test(`are not told by ${name} where the spin ends when the other gets its turn`, async () => {
      const records = await found(spin({ sets: true, pauses: true }), strategy());
      assert.deepEqual(kinds(records), []);
    });
  }

  test('are not told where one of the two polite ones insists', async () => {
    for (const strategy of Object.values(strategies)) {
      assert.deepEqual(kinds(await found(polite(true), strategy(), 100)), []);
    }
  });

  test('are told by their retries, where each turn changes what the other has read', async () => {
    const setup = (arena: Arena): Word[] => [arena.word('a'), arena.word('b')];
    const program = sampleProgram({
      setup,
      stepsMax: 60,
      agents: agentsOf<Word[]>(
        'retrier',
        2,
        (i) =>
          function* (words) {
            for (;;) {
              yield* attempt();
              yield* words[i]!.store(1);
              if ((yield* words[1 - i]!.load()) === 0) break;
              yield* words[i]!.store(0);
              yield* retry(1);
            }
            yield* words[i]!.store(0);
          },
      ),
    });
    const records = await found(program, new DepthFirst({ preemptions: unbounded }), 20_000);
    assert.deepEqual(kinds(records), [
      'livelock: livelock: retrier0 and retrier1 go round for ever',
    ]);
  });
});

describe('an agent that spins without a pause', () => {
  test('is told where others could go on and would have ended the spin', async () => {
    const program = spin({ sets: true, pauses: false });
    const records = await found(program, new DepthFirst({ preemptions: 1 }));
    assert.deepEqual(kinds(records), [
      'spin-without-yield: spinner spins on flag without a pause while others could go on',
    ]);
    const [record] = records;
    assert.ok(record!.steps.agents.length <= 4, `${record!.steps.agents.length} steps`);
    const again = recordFinding(program, record!.steps, record!.finding.key, record!.origin)!;
    assert.deepEqual(again.steps, record!.steps);
  });

  test('is not told by a random walk: there the others get their turns', async () => {
    // That one of two agents is chosen 200 times on end has a chance of 2^-200.
    const records = await found(spin({ sets: true, pauses: false }), new RandomWalk({ seed: 1 }));
    assert.deepEqual(kinds(records), []);
  });

  test('is not one that waits by `waitUntil`', async () => {
    const program = sampleProgram({
      setup: (arena: Arena) => ({ flag: arena.word('flag') }),
      agents: {
        *waiter({ flag }) {
          yield* flag.waitUntil(1);
        },
        *setter({ flag }) {
          yield* flag.store(1);
        },
      },
    });
    assert.deepEqual(kinds(await found(program, new DepthFirst({ preemptions: unbounded }))), []);
  });
});

describe('an execution that is merely long', () => {
  const long = (body: (x: Word) => Step<void>): Program =>
    sampleProgram({
      setup: (arena: Arena) => ({ x: arena.word('x'), lock: arena.mutex('lock') }),
      stepsMax: 300,
      agents: {
        *one({ x }) {
          yield* body(x);
        },
        *other({ x }) {
          yield* x.load();
        },
      },
    });

  for (const [name, strategy] of Object.entries(strategies)) {
    test(`shows nothing by ${name}: each turn changes something`, async () => {
      const program = long(function* (x) {
        for (let turn = 0; turn < 2000; turn++) yield* x.add(1);
      });
      assert.deepEqual(kinds(await found(program, strategy())), []);
    });

    test(`shows nothing by ${name}: it looks a thousand times, and comes to its end`, async () => {
      const program = long(function* (x) {
        for (let turn = 0; turn < 1000; turn++) yield* x.load();
      });
      assert.deepEqual(kinds(await found(program, strategy())), []);
    });

    test(`shows nothing by ${name}: a lock taken and given back any number of times`, async () => {
      const program = sampleProgram({
        setup: (arena: Arena) => ({ lock: arena.mutex('lock') }),
        stepsMax: 300,
        agents: agentsOf<{ lock: ReturnType<Arena['mutex']> }>(
          'taker',
          2,
          () =>
            function* ({ lock }) {
              for (let turn = 0; turn < 20_000; turn++) {
                yield* lock.acquire();
                yield* lock.release();
              }
            },
        ),
      });
      assert.deepEqual(kinds(await found(program, strategy(), 5)), []);
    });
  }

  test('shows nothing where no execution is cut off', async () => {
    assert.deepEqual(kinds(await found(counter(2, 2), new RandomWalk({ seed: 1 }))), []);
  });
});
