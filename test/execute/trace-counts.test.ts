import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import {
  abba,
  counter,
  hotplug,
  lastzero,
  readers,
  reorder3,
  twostage,
} from './classic-programs.ts';

/** Executions of a depth-first search by how they ended; `all` is without the abandoned ones. */
interface Ends {
  all: number;
  deadlocked: number;
  failed: number;
}

function explored(program: Program, preemptions: number = unbounded): Ends {
  const coroutines = new Coroutines(program);
  const strategy = new DepthFirst({ preemptions });
  let executions = 0;
  const ends: Ends = { all: 0, deadlocked: 0, failed: 0 };
  coroutines.runAll(strategy, 0, ({ end }) => {
    if (end !== 'abandoned') ends.all++;
    if (end === 'stalled') ends.deadlocked++;
    if (end === 'failed') ends.failed++;
    assert.notEqual(end, 'cutOff');
    // None of them takes as many, with those that are abandoned.
    return ++executions > 20_000;
  });
  assert.ok(strategy.exhausted, 'the search is through');
  return ends;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

// Exact counts: each is what two or more explorers that run one execution a trace (Nidhugg 0.4
// --optimal, GenMC 0.11) agreed on, or its closed form; Heddle project notes on peer engines.
describe('unbounded depth-first search runs one execution to its end for each trace', () => {
  for (const [n, k] of [
    [2, 1],
    [2, 4],
    [3, 2],
    [3, 3],
    [4, 1],
    [6, 1],
  ] as const) {
    const traces = factorial(n * k) / factorial(k) ** n;
    test(`counter(${n},${k}) has (nk)!/(k!)^n = ${traces}`, () => {
      assert.deepEqual(explored(counter(n, k)), { all: traces, deadlocked: 0, failed: 0 });
    });
  }

  for (const n of [2, 3, 4, 6]) {
    test(`abba(${n}) has 2^n - 1 = ${2 ** n - 1}, of which one is deadlocked`, () => {
      assert.deepEqual(explored(abba(n)), { all: 2 ** n - 1, deadlocked: 1, failed: 0 });
    });
  }

  for (const n of [2, 3, 4, 5]) {
    test(`abba(${n}) inside of a gate has n! = ${factorial(n)}`, () => {
      assert.deepEqual(explored(abba(n, true)), { all: factorial(n), deadlocked: 0, failed: 0 });
    });
  }

  for (const n of [1, 2, 4, 8]) {
    test(`readers(${n}) has 2^n = ${2 ** n}`, () => {
      assert.equal(explored(readers(n)).all, 2 ** n);
    });
  }

  for (const n of [1, 2, 3, 4, 6]) {
    const traces = (n + 3) * 2 ** (n - 2);
    test(`lastzero(${n}) has (n + 3) 2^(n - 2) = ${traces}`, () => {
      assert.equal(explored(lastzero(n)).all, traces);
    });
  }

  test('hotplug has 17, of which 4 are deadlocked', () => {
    assert.deepEqual(explored(hotplug(false)), { all: 17, deadlocked: 4, failed: 0 });
  });

  test('hotplug with the fix has 55, of which none is deadlocked', () => {
    assert.deepEqual(explored(hotplug(true)), { all: 55, deadlocked: 0, failed: 0 });
  });
});

// Exact counts by a brute-force enumerator (Heddle project notes on exploration programs). Model:
// all agents can go at the start; steps are lock, unlock, shared read, shared write; what lies
// between two steps belongs to the first; a failed assertion or a deadlock ends the run. A
// preemption is a switch away from an agent that could go on.
describe('bounded depth-first search runs every schedule within the bound once', () => {
  const programs: readonly {
    readonly name: string;
    readonly make: () => Program;
    /** Schedules with at most 0, 1 and 2 preemptions, and in all. */
    readonly schedules: readonly [number, number, number, number];
    /** Of all: deadlocked, or failed. */
    readonly buggy: number;
  }[] = [
    { name: 'deadlock01', make: () => abba(2), schedules: [2, 6, 6, 6], buggy: 2 },
    { name: 'twostage', make: twostage, schedules: [2, 6, 15, 37], buggy: 1 },
    { name: 'reorder_3', make: reorder3, schedules: [6, 24, 74, 162], buggy: 8 },
    { name: 'philosophers(3)', make: () => abba(3), schedules: [6, 57, 129, 168], buggy: 6 },
  ];
  const bounds = [0, 1, 2, unbounded - 1];

  for (const { name, make, schedules, buggy } of programs) {
    test(`${name} has ${schedules.join(', ')} with at most 0, 1, 2 and any preemptions`, () => {
      const counts = bounds.map((bound) => explored(make(), bound));
      assert.deepEqual(
        counts.map(({ all }) => all),
        schedules,
      );
      const last = counts[3]!;
      assert.equal(last.deadlocked + last.failed, buggy);
    });

    test(`${name} needs one preemption to go wrong`, () => {
      const none = explored(make(), 0);
      const one = explored(make(), 1);
      assert.equal(none.deadlocked + none.failed, 0);
      assert.ok(one.deadlocked + one.failed > 0);
    });
  }
});
