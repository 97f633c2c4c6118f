import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Finding } from '../../src/check/finding.ts';
import { Random } from '../../src/execute/random.ts';
import { TraceMemory } from '../../src/execute/trace-memory.ts';
import { TraceRecorder } from '../../src/execute/trace-recorder.ts';
import { Kind } from '../../src/program/kinds.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, counter, hotplug, lastzero, readers } from './classic-programs.ts';
import { programOf, randomListing } from './random-listing.ts';

const finding: Finding = {
  kind: 'assertion-failed',
  level: 'happened',
  title: 'a finding',
  key: 'a finding',
  event: 0,
  parties: [],
};

/** What each of a number of random executions shows. */
function shown(program: Program, checkAgain: boolean, count: number): string[] {
  const coroutines = new Coroutines(program, { checkAgain });
  const all: string[] = [];
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => {
    all.push(
      coroutines.findings
        .map(({ key }) => key)
        .sort()
        .join(' | '),
    );
    return all.length === count;
  });
  return all;
}

/** The number of the trace of these events: kind, agent, object, argument, result. */
function numberOf(...events: readonly (readonly [number, number, number, number?, number?])[]) {
  const recorder = new TraceRecorder(4, 20);
  recorder.begin();
  for (const [kind, agent, object, argument = 0, result = 1] of events) {
    recorder.event(kind, agent, object, argument, result);
  }
  return recorder.key();
}

describe('the number of a trace', () => {
  test('is the same in any order of independent operations, and no other', () => {
    const reads = [
      [Kind.load, 0, 5],
      [Kind.load, 1, 5],
    ] as const;
    assert.equal(numberOf(...reads), numberOf(...reads.toReversed()));
    const write = [Kind.store, 2, 5] as const;
    const all = [
      numberOf(write, ...reads),
      numberOf(reads[0], write, reads[1]),
      numberOf(reads[1], write, reads[0]),
      numberOf(...reads, write),
    ];
    assert.equal(new Set(all).size, 4);
  });

  test('tells in which of several groups an operation is that commutes with its group', () => {
    // Completing commutes with completing, and looking with looking.
    const complete = [Kind.complete, 0, 5] as const;
    const again = [Kind.complete, 1, 5] as const;
    const look = [Kind.load, 2, 5] as const;
    const before = numberOf(look, complete, again);
    const between = numberOf(complete, look, again);
    const behind = numberOf(complete, again, look);
    assert.equal(new Set([before, between, behind]).size, 3);
    assert.equal(numberOf(look, again, complete), before);
    assert.equal(numberOf(again, complete, look), behind);
  });

  test('tells on which side of a removal an access to any word of the memory is', () => {
    for (const word of [5, 6, 8]) {
      const use = [Kind.load, 0, word] as const;
      for (const kind of [Kind.retire, Kind.revive]) {
        const change = [kind, 1, 5, 8] as const;
        assert.notEqual(numberOf(use, change), numberOf(change, use));
      }
    }
    assert.equal(
      numberOf([Kind.load, 0, 9], [Kind.retire, 1, 5, 8]),
      numberOf([Kind.retire, 1, 5, 8], [Kind.load, 0, 9]),
    );
  });

  test('takes no account of who waits when, and gives waits back in their places', () => {
    const recorder = new TraceRecorder(2, 10);
    const events: number[][] = [
      [Kind.wait, 1, 5, Kind.acquire, 0],
      [Kind.acquire, 0, 5, 0, 1],
      [Kind.wait, 1, 5, Kind.acquire, 0],
      [Kind.exit, 0, 0, 0, 0],
      [Kind.release, 0, 5, 0, 1],
      [Kind.wait, 0, 5, Kind.acquire, 0],
    ];
    // So often that the arrays grow.
    for (let i = 0; i < 400; i++) {
      for (const [kind, ...rest] of events) {
        recorder.event(kind!, rest[0]!, rest[1]!, rest[2]!, rest[3]!);
      }
    }
    const fed: number[][] = [];
    recorder.feed({ event: (...event) => void fed.push(event) });
    assert.deepEqual(fed, Array.from({ length: 400 }, () => events).flat());
    assert.equal(
      numberOf([Kind.wait, 1, 5], [Kind.acquire, 0, 5], [Kind.exit, 0, 0]),
      numberOf([Kind.acquire, 0, 5]),
    );
  });
});

describe('the memory of traces', () => {
  test('counts each trace by itself, and those beyond its size', () => {
    const memory = new TraceMemory();
    const none = { length: 0, pairs: new Int32Array() };
    const draw = new Random();
    draw.seed(1, 1);
    // Numbers of which some have the same last bits.
    const keys = Array.from({ length: 70_000 }, (_, i) =>
      i < 300 ? i * 2 ** 36 : draw.next() * 2 ** 21 + (draw.next() >>> 11),
    );
    for (const [i, key] of keys.entries()) {
      assert.equal(memory.meet(key), undefined);
      memory.add(key, i === 7 ? [finding] : [], none);
    }
    assert.equal(memory.size, 65_536);
    assert.equal(memory.beyond, 70_000 - 65_536);
    assert.deepEqual(memory.meet(keys[7]!), [finding]);
    assert.deepEqual(memory.meet(keys[8]!), []);
    assert.equal(memory.meet(keys[69_999]!), undefined);
    const { keys: known, firsts, times } = memory.columns();
    assert.deepEqual([...known], keys.slice(0, 65_536));
    assert.deepEqual(firsts.slice(6, 9), Float64Array.of(6, 7, 8));
    assert.deepEqual(times.slice(6, 10), Float64Array.of(1, 2, 2, 1));
  });
});

describe('checking each trace once', () => {
  test('shows of every execution what checking all of them shows', () => {
    const property = fc.property(randomListing({ agents: 3, statements: 3 }), (listing) => {
      const { program } = programOf(listing);
      assert.deepEqual(shown(program, false, 200), shown(program, true, 200));
    });
    fc.assert(property, { numRuns: 100, seed: 6 });
  });

  test('and so of programs of mutexes alone, with many cycles, guarded and not', () => {
    const listing = randomListing({ agents: 3, statements: 2, only: 'mutexes' });
    const property = fc.property(listing, (listing) => {
      const { program } = programOf(listing);
      // Of two rings of waits that have nothing to do with each other the first is told.
      const which = / *deadlock [^|]*/;
      const all = (checkAgain: boolean): string[] =>
        shown(program, checkAgain, 300).map((keys) => keys.replace(which, 'deadlock'));
      assert.deepEqual(all(false), all(true));
    });
    fc.assert(property, { numRuns: 60, seed: 3 });
  });

  // Of so many random executions every trace is met: the rarest has odds of more than one in some
  // hundreds.
  const programs: readonly { name: string; make: () => Program; traces: number }[] = [
    { name: 'counter(2,2)', make: () => counter(2, 2), traces: 6 },
    { name: 'counter(3,2)', make: () => counter(3, 2), traces: 90 },
    { name: 'abba(3)', make: () => abba(3), traces: 7 },
    { name: 'readers(4)', make: () => readers(4), traces: 16 },
    { name: 'lastzero(3)', make: () => lastzero(3), traces: 12 },
    { name: 'hotplug', make: () => hotplug(false), traces: 17 },
  ];
  for (const { name, make, traces } of programs) {
    test(`${name} has ${traces} different traces`, () => {
      const coroutines = new Coroutines(make());
      let count = 0;
      coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => ++count === 20_000);
      assert.equal(coroutines.memory!.size, traces);
    });
  }
});
