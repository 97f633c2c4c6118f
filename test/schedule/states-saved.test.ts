import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { explore } from '../../src/schedule/explore.ts';
import { undividedStates } from '../../src/schedule/strategies/divide-states.ts';
import { PieceByPiece } from '../../src/schedule/strategies/piece-by-piece.ts';
import { StateSearch } from '../../src/schedule/strategies/states.ts';
import { abba, counter, hotplug, lastzero, readers } from '../execute/classic-programs.ts';
import { textOf } from './bounded-campaign.ts';
import { runDivided } from './divided.ts';

const statesMax = 1_000_000;

const programs: readonly (readonly [string, () => Program])[] = [
  ['counter(3,2)', () => counter(3, 2)],
  ['counter(4,3), forgetting', () => counter(4, 3, true)],
  ['lastzero(6)', () => lastzero(6)],
  ['philosophers(5)', () => abba(5)],
  ['readers(8)', () => readers(8)],
  ['hotplug', () => hotplug(false)],
];

describe('a search of states that is saved and goes on', () => {
  for (const [name, make] of programs) {
    test(`runs just the executions of one that was not: ${name}`, () => {
      const alone: string[] = [];
      const coroutines = new Coroutines(make());
      const search = new StateSearch({ statesMax });
      coroutines.runAll(search, 0, (outcome) => {
        alone.push(textOf(coroutines, outcome));
        return false;
      });
      const all: string[] = [];
      const { loads } = runDivided({
        divider: undividedStates({ statesMax }),
        threads: 1,
        saves: 5,
        seed: 1,
        program: make,
        onExecution: (on, outcome) => all.push(textOf(on, outcome)),
      });
      assert.ok(loads > 0);
      assert.deepEqual(all, alone);
    });
  }

  test('says how many states it has met before and after', async () => {
    const whole = await explore(counter(3, 2), { strategy: new StateSearch(), seed: 1 });
    const divider = undividedStates({ statesMax });
    let rest: unknown;
    const part = await explore(counter(3, 2), {
      strategy: new PieceByPiece(new StateSearch(), divider),
      seed: 1,
      executions: 4,
      estimate: true,
      checkpoints: {
        seconds: 1000,
        save: async (state) => {
          rest = await Promise.resolve(state.rest);
        },
      },
    });
    assert.match(
      part.statement,
      /^not complete: stopped after 4 executions .* by (\d+) states: \1 states met; there are /,
    );
    assert.match(part.statement, /about 630 at the least, at most \d+ % of them met$/);
    assert.equal(part.progress?.states?.met, Number(/by (\d+) states/.exec(part.statement)![1]));
    const saved = { rest, executions: part.counts.executions };
    const strategy = new PieceByPiece(new StateSearch(), divider, saved);
    const resumed = { rest, counts: part.counts, findings: [] };
    const end = await explore(counter(3, 2), { strategy, seed: 1, resumed });
    assert.equal(end.statement, whole.statement);
    assert.equal(end.counts.executions, whole.counts.executions);
  });

  test('refuses what is no such search', () => {
    const divider = undividedStates({ statesMax });
    const one = { stack: [], states: '', trusted: false };
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [[one, one], /`rest`: .*expected one stack at the most/],
      [[{ ...one, stack: [0.5] }], /`rest`: .*stack/],
      [[{ ...one, states: 'AAAA' }], /`rest`: .*expected numbers of 8 bytes/],
    ];
    for (const [rest, message] of wrong) assert.throws(() => divider.load(rest), { message });
  });
});

describe('how many states there are at the least', () => {
  for (const [name, make] of [...programs, ['counter(3,3)', () => counter(3, 3)] as const]) {
    test(`is no more than there are, by 10 seeds: ${name}`, () => {
      const search = new StateSearch({ statesMax });
      new Coroutines(make(), { checks: false }).runAll(search, 0, () => false);
      for (let seed = 1; seed <= 10; seed++) {
        const probed = new StateSearch({ statesMax });
        const coroutines = new Coroutines(make(), { checks: false });
        coroutines.runAll(probed.probe(seed), 0, () => false);
        const { met, atLeast } = probed.progress().states!;
        assert.equal(met, 0);
        assert.ok(atLeast <= search.statesMet * 1.02, `${atLeast} of ${search.statesMet}`);
        assert.ok(atLeast >= search.statesMet / 2, `${atLeast} of ${search.statesMet}`);
      }
    });
  }
});
