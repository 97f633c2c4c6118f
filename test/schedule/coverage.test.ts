import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import addVsOnline from '../../scenarios/add-vs-online.ts';
import { NumberSet } from '../../src/execute/number-set.ts';
import { instantiate } from '../../src/execute/program.ts';
import { ReadsFromPairs } from '../../src/execute/reads-from.ts';
import { TraceRecorder } from '../../src/execute/trace-recorder.ts';
import { Kind } from '../../src/program/kinds.ts';
import type { Scenario } from '../../src/program/index.ts';
import { coverageOf, unmetTraces, type CoverageShare } from '../../src/schedule/coverage.ts';
import { explore } from '../../src/schedule/explore.ts';
import { exploreParallel } from '../../src/schedule/parallel/explore-parallel.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { strategyNamed } from '../../src/schedule/strategies/registry.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, counter, hotplug, readers } from '../execute/classic-programs.ts';
import { random } from './random-numbers.ts';

const options = { seed: 5, depth: 3, preemptions: unbounded };

describe('the coverage of a random strategy', () => {
  test('counts the traces, all of them when there are few', async () => {
    const { coverage, statement } = await explore(hotplug(false), {
      strategy: new RandomWalk({ seed: 1 }),
      seed: 1,
      executions: 20_000,
      minimise: false,
    });
    // 17 is exact: the project's notes on peers.
    assert.equal(coverage!.traces, 17);
    assert.equal(coverage!.tracesOnce, 0);
    assert.equal(coverage!.newInLastTenth, 0);
    assert.ok(coverage!.lastNew < 18_000);
    assert.match(
      statement,
      /20,000 executions chosen by random, 17 of them different; the last new/,
    );
    assert.match(statement, /by estimate \(Good-Turing\) 0 % .* at most [\d.]+ %$/);
  });

  test('counts which step saw which: a reader sees the first contents or the writer', async () => {
    const { coverage } = await explore(readers(3), {
      strategy: new RandomWalk({ seed: 1 }),
      seed: 1,
      executions: 500,
    });
    assert.equal(coverage!.readsFrom, 6);
    assert.equal(coverage!.lockOrders, 0);
  });

  test('counts pairs of locks, one held and one asked for', async () => {
    // The gate before each of the three locks, and the three pairs round the table.
    for (const gated of [false, true]) {
      const { coverage } = await explore(abba(3, gated), {
        strategy: new RandomWalk({ seed: 1 }),
        seed: 1,
        executions: 300,
        minimise: false,
      });
      assert.equal(coverage!.lockOrders, gated ? 6 : 3);
    }
  });

  test('is not there for a search that runs no trace twice', async () => {
    const { coverage } = await explore(counter(2, 1), {
      strategy: new DepthFirst({ preemptions: unbounded }),
      seed: 1,
    });
    assert.equal(coverage, undefined);
  });

  for (const strategy of ['random', 'pos']) {
    test(`is the same on two threads as on one: ${strategy}`, async () => {
      const program = () =>
        instantiate(addVsOnline as Scenario, { variant: 'v3.19', form: 'small' });
      const common = { seed: 5, executions: 401, minimise: false };
      const alone = await explore(program(), {
        ...common,
        strategy: strategyNamed(strategy, options),
      });
      const together = await exploreParallel(program(), {
        ...common,
        url: new URL('../../scenarios/add-vs-online.ts', import.meta.url).href,
        strategy,
        strategyOptions: options,
        threads: 2,
      });
      assert.deepEqual(together.coverage, alone.coverage);
    });
  }
});

describe('the share of executions not met', () => {
  test('is within its bound in at least 95 of 100 samples of a known distribution', () => {
    // Trace i has probability 2^-(i+1): what is not met has a mass that is known.
    let inside = 0;
    const executions = 500;
    for (let sample = 0; sample < 100; sample++) {
      const draw = random(sample);
      const times = new Map<number, number>();
      for (let i = 0; i < executions; i++) {
        const trace = Math.clz32(draw());
        times.set(trace, (times.get(trace) ?? 0) + 1);
      }
      const share: CoverageShare = {
        executions,
        beyond: 0,
        traces: Float64Array.from(times.keys()),
        firsts: new Float64Array(times.size),
        times: Float64Array.from(times.values()),
        readsFrom: new Float64Array(),
        lockOrders: new Float64Array(),
        lockSearchesCut: 1,
      };
      let met = 0;
      for (const trace of times.keys()) met += 2 ** -(trace + 1);
      if (1 - met <= unmetTraces(coverageOf([share])!).shareMax) inside++;
    }
    assert.ok(inside >= 95, `${inside} of 100`);
  });

  test('counts what is beyond the memory of traces as met once', () => {
    const share: CoverageShare = {
      executions: 100,
      beyond: 30,
      traces: Float64Array.of(1, 2),
      firsts: Float64Array.of(0, 95),
      times: Float64Array.of(69, 1),
      readsFrom: Float64Array.of(1, 2),
      lockOrders: Float64Array.of(),
      lockSearchesCut: 0,
    };
    const coverage = coverageOf([share])!;
    assert.equal(unmetTraces(coverage).share, 0.31);
    assert.equal(coverage.newInLastTenth, 1);
    assert.equal(coverage.lastNew, 95);
  });
});

describe('reads-from pairs', () => {
  test('a failed exchange changes nothing; a plain write sees nothing', () => {
    const recorder = new TraceRecorder(3, 10);
    const seen = new ReadsFromPairs();
    const take = (): void => {
      recorder.key();
      seen.take(recorder.seen);
      recorder.begin();
    };
    recorder.begin();
    recorder.event(Kind.write, 0, 5, 1, 0);
    recorder.event(Kind.compareExchange, 1, 5, 7, 1);
    recorder.event(Kind.load, 2, 5, 0, 1);
    take();
    // The exchange and the load both saw the write.
    assert.equal(seen.pairs.size, 2);
    recorder.event(Kind.write, 0, 5, 1, 0);
    recorder.event(Kind.load, 1, 5, 0, 1);
    recorder.event(Kind.load, 2, 5, 0, 1);
    take();
    // The same steps saw the same steps as before, when one between had failed: nothing new.
    assert.equal(seen.pairs.size, 2);
    recorder.event(Kind.load, 1, 6, 0, 0);
    take();
    assert.equal(seen.pairs.size, 3);
  });
});

describe('a set of numbers', () => {
  test('has each number once, large ones too, up to its size', () => {
    const set = new NumberSet(1000);
    const expected = new Set<number>();
    const draw = random(1);
    for (let i = 0; i < 3000; i++) {
      const number = (draw() % 900) * 2 ** (i % 2 === 0 ? 0 : 33);
      if (expected.size < 1000) expected.add(number);
      set.add(number);
    }
    assert.equal(set.size, expected.size);
    assert.deepEqual(new Set(set.values()), expected);
  });

  test('has a pair of numbers as the one number that they make', () => {
    const set = new NumberSet(1000);
    const draw = random(2);
    for (let i = 0; i < 500; i++) {
      const [one, other] = [draw() % 2 ** 21, draw() % 2 ** 21];
      assert.equal(set.addPair(one, other), true);
      assert.equal(set.add(one * 2 ** 21 + other), false);
      assert.equal(set.addPair(one, other), false);
    }
  });
});
