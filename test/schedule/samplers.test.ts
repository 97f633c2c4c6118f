import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { FairPct } from '../../src/schedule/strategies/fair-pct.ts';
import { Frontier } from '../../src/schedule/strategies/frontier.ts';
import { GuidedSampling } from '../../src/schedule/strategies/guided.ts';
import { Portfolio } from '../../src/schedule/strategies/portfolio.ts';
import { PartialOrderSampling } from '../../src/schedule/strategies/pos.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { ReadsFromFuzzing } from '../../src/schedule/strategies/rff.ts';
import { SelectiveRandomWalk } from '../../src/schedule/strategies/surw.ts';
import { Turns } from '../../src/schedule/strategies/turns.ts';
import { UniformRandomWalk } from '../../src/schedule/strategies/urw.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Arena } from '../../src/program/index.ts';
import { abba, counter, hotplug, readers, reorder3 } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';
import { bug } from './bug-programs.ts';
import { failures } from './failures.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

const learns = { 'any execution alone': 'what it does depends on what it has learned' };

strategySuite({ name: 'pos', make: (seed) => new PartialOrderSampling({ seed }) });
strategySuite({ name: 'urw', make: (seed) => new UniformRandomWalk({ seed }), skips: learns });
strategySuite({ name: 'surw', make: (seed) => new SelectiveRandomWalk({ seed }), skips: learns });
strategySuite({ name: 'guided', make: (seed) => new GuidedSampling({ seed }), skips: learns });
strategySuite({ name: 'rff', make: (seed) => new ReadsFromFuzzing({ seed }), skips: learns });
strategySuite({ name: 'frontier', make: (seed) => new Frontier({ seed }), skips: learns });
strategySuite({
  name: 'fair-pct',
  make: (seed) => new FairPct({ seed, depth: 3 }),
  skips: learns,
});
strategySuite({
  name: 'portfolio',
  make: (seed) => new Portfolio({ seed, depth: 3 }),
  skips: learns,
});

/** How often each sequence came up. */
function shares(program: Program, strategy: Strategy, runs: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const sequence of sequences(program, strategy, runs)) {
    counts.set(sequence, (counts.get(sequence) ?? 0) + 1);
  }
  return counts;
}

/** Two agents that never wait: one makes 2 steps, the other 4; 15 interleavings. */
function unequal(): Program {
  return sampleProgram({
    setup: (arena: Arena) => ({ x: arena.word('x') }),
    agents: {
      *short({ x }) {
        for (let step = 0; step < 2; step++) yield* x.add(1);
      },
      *long({ x }) {
        for (let step = 0; step < 4; step++) yield* x.add(1);
      },
    },
  });
}

describe('urw', () => {
  test('makes every interleaving of agents that never wait equally likely', () => {
    // 15 interleavings, 30,000 executions, 2,000 expected of each: chi-square with 14 degrees of
    // freedom is above 48 once in 80,000 seeds, and the seed is fixed. (A random walk makes
    // `001111` 1/4 and `111100` 1/16.)
    const runs = 30_000;
    const counts = shares(unequal(), new UniformRandomWalk({ seed: 1 }), runs);
    assert.equal(counts.size, 15);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - runs / 15) ** 2 / (runs / 15);
    assert.ok(chiSquare < 48, `${chiSquare}`);
  });
});

describe('surw', () => {
  test('interleaves the operations on one object uniformly, whatever else agents do', () => {
    // The agents' own words dilute their operations on x: the six orders of two and two operations
    // on it are equally likely all the same. Chi-square, 5 degrees of freedom, as above: 31.
    const program = sampleProgram({
      setup: (arena: Arena) => ({ x: arena.word('x'), own: arena.word('own') }),
      agents: {
        *plain({ x }) {
          yield* x.add(1);
          yield* x.add(1);
        },
        *busy({ x, own }) {
          yield* x.add(1);
          for (let step = 0; step < 12; step++) yield* own.add(1);
          yield* x.add(1);
        },
      },
    });
    const runs = 12_000;
    const counts = new Map<string, number>();
    for (const sequence of sequences(program, new SelectiveRandomWalk({ seed: 1 }), runs)) {
      // Agent 1's first and last steps are those on x.
      const first = sequence.indexOf('1');
      const last = sequence.lastIndexOf('1');
      const order = sequence
        .split('')
        .filter((agent, at) => agent === '0' || at === first || at === last)
        .join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - runs / 6) ** 2 / (runs / 6);
    assert.ok(chiSquare < 31, `${chiSquare}`);
  });

  test('finds reorder_20, which needs writers and readers of 20 agents just so', () => {
    // Published: 6 schedules on average (SURW artifact, 20 trials); a random walk never within
    // 10,000 there.
    const failed = failures(bug('CS.reorder_20'), new SelectiveRandomWalk({ seed: 1 }), 200);
    assert.ok(failed >= 10, `${failed}`);
  });
});

describe('pos', () => {
  test('reaches every outcome of readers(8) soon, where a random walk is biased', () => {
    // 256 outcomes: which readers read before the write. Of 20,000 executions each is owed far more
    // than 10 if the order of the dependent pairs is even.
    const seen = new Set<string>();
    for (const sequence of sequences(readers(8), new PartialOrderSampling({ seed: 1 }), 20_000)) {
      const write = sequence.indexOf('0');
      seen.add(sequence.slice(0, write).split('').sort().join(''));
    }
    assert.equal(seen.size, 256);
  });
});

describe('guided', () => {
  test('keeps what reached something new, and goes on from it', () => {
    const strategy = new GuidedSampling({ seed: 1 });
    sequences(counter(3, 2), strategy, 500);
    const early = strategy.pairs;
    assert.ok(early > 10, `${early}`);
    sequences(counter(3, 2), strategy, 2_000, 500);
    assert.ok(strategy.pairs >= early);
  });
});

describe('rff', () => {
  test('finds reorder_10, a read after a write and another after none, more often', () => {
    // In 200 executions of one seed each; over 40 seeds rff needed 5 on average for the first,
    // partial order sampling 25.
    const program = bug('CS.reorder_10');
    const wishing = failures(program, new ReadsFromFuzzing({ seed: 1 }), 200);
    const sampling = failures(program, new PartialOrderSampling({ seed: 1 }), 200);
    assert.ok(wishing > sampling, `${wishing} against ${sampling}`);
  });

  test('wishes for operations that look, and so finds reorder_10 within 8 executions', () => {
    // With 35 of 40 seeds; with 21 where stores and releases are wished for, too.
    const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1);
    const program = bug('CS.reorder_10');
    const found = seeds.filter((seed) => failures(program, new ReadsFromFuzzing({ seed }), 8) > 0);
    assert.ok(found.length >= 30, `${found.length}`);
  });

  test('sees pairs that a random walk of as many executions does not see', () => {
    const strategy = new ReadsFromFuzzing({ seed: 1 });
    sequences(counter(3, 2), strategy, 200);
    assert.ok(strategy.pairsMet > 50, `${strategy.pairsMet}`);
  });
});

describe('frontier', () => {
  test('comes to two owners of an element of SafeStack, which needs five preemptions', () => {
    // 12,000 executions on average over 20 seeds, 22,000 at the most; the best published figure is
    // 369,000 (SURW artifact).
    const failed = failures(bug('SafeStack'), new Frontier({ seed: 1 }), 60_000);
    assert.ok(failed > 0);
  });

  test('keeps each state once', () => {
    const strategy = new Frontier({ seed: 1 });
    sequences(abba(2), strategy, 300);
    const kept = strategy.statesKept;
    assert.ok(kept > 5, `${kept}`);
    sequences(abba(2), strategy, 300, 300);
    assert.equal(strategy.statesKept, kept);
  });
});

describe('fair-pct', () => {
  test('ends a program that spins without pausing', () => {
    const program = sampleProgram({
      setup: (arena: Arena) => ({ flag: arena.word('flag') }),
      agents: {
        *spinner({ flag }) {
          while ((yield* flag.load()) === 0);
        },
        *setter({ flag }) {
          yield* flag.store(1);
        },
      },
    });
    // After at most 64 choices the walk is even: 2,000 more without the setter have odds 2^-2000.
    for (const sequence of sequences(program, new FairPct({ seed: 1, depth: 3 }), 100)) {
      assert.ok(sequence.length < 2_000, `${sequence.length}`);
    }
  });
});

describe('the portfolio', () => {
  test('lets a search go on where agents meet at locks, and wishes elsewhere', () => {
    const acting = (program: Program): string[] => {
      const strategy = new Portfolio({ seed: 1, depth: 3 });
      const names: string[] = [];
      new Coroutines(program, { checks: false }).runAll(strategy, 0, () => {
        names.push(strategy.acting);
        return names.length === 16;
      });
      return names;
    };
    const searches = (names: string[]): number => names.filter((name) => name === 'dpor').length;
    // Of few agents seven are the same for all: three of `turns` and four of `dpor`.
    assert.equal(searches(acting(counter(3, 2))), 4 + 6);
    assert.equal(searches(acting(reorder3())), 4 + 1);
    // Of ten agents neither.
    assert.equal(searches(acting(readers(9))), 0);
  });

  test('begins with turns, and has theirs in their own order', () => {
    const begins = (program: Program, strategy: Strategy, count: number): string[] => {
      const all = sequences(program, strategy, count);
      return strategy.name === 'turns' ? all : all.filter((_, at) => [0, 3, 4].includes(at));
    };
    const ofPortfolio = begins(counter(3, 2), new Portfolio({ seed: 5, depth: 3 }), 7);
    assert.deepEqual(ofPortfolio, begins(counter(3, 2), new Turns({ seed: 9 }), 3));
  });

  test('lets reads-from fuzzing learn from the executions of all', () => {
    const fuzzing = new ReadsFromFuzzing({ seed: 1 });
    const walk = new RandomWalk({ seed: 1 });
    const watched: Strategy = {
      name: 'watched',
      everyStep: true,
      repeats: true,
      options: {},
      begin: (execution) => {
        fuzzing.watchOne();
        return walk.begin(execution);
      },
      choose: (enabled, _current, machine) => {
        const chosen = walk.choose(enabled);
        fuzzing.note(chosen, machine);
        return chosen;
      },
      end: () => undefined,
    };
    sequences(counter(3, 2), watched, 20);
    assert.ok(fuzzing.pairsMet > 20, `${fuzzing.pairsMet}`);
  });

  test('lets each of its strategies have executions, and names the one that acts', () => {
    const strategy = new Portfolio({ seed: 1, depth: 3 });
    const names = new Set<string>();
    for (let execution = 0; execution < 1100; execution++) {
      strategy.begin(execution, 2);
      names.add(strategy.acting);
      strategy.end({ steps: 0, end: 'completed' });
    }
    const all = [
      'delays',
      'dpor',
      'frontier',
      'guided',
      'pct',
      'pos',
      'random',
      'rff',
      'surw',
      'turns',
      'urw',
    ];
    assert.deepEqual([...names].sort(), all);
  });

  test('meets the deadlocks of abba(6), hotplug and reorder_3 within 2,000 executions', () => {
    // The best of its strategies need some ten executions, and have at least every seventh one.
    for (const program of [abba(6), hotplug(false), reorder3()]) {
      assert.ok(failures(program, new Portfolio({ seed: 1, depth: 3 }), 2_000) > 0);
    }
  });
});
