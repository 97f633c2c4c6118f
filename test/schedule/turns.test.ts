import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Program } from '../../src/execute/program.ts';
import type { Arena, Word } from '../../src/program/index.ts';
import { Turns } from '../../src/schedule/strategies/turns.ts';
import { abba } from '../execute/classic-programs.ts';
import { agentsOf, sampleProgram } from '../execute/sample-programs.ts';
import { bug } from './bug-programs.ts';
import { failures } from './failures.ts';
import { sequences, strategySuite } from './strategy-suite.ts';

strategySuite({ name: 'turns', make: (seed) => new Turns({ seed }) });

/** Agents that load, store and exchange one word: `ls` is a load and then a store. */
function stepping(kinds: string, agents: number): Program {
  return sampleProgram({
    setup: (arena: Arena) => ({ x: arena.word('x') }),
    agents: agentsOf<{ x: Word }>(
      'agent',
      agents,
      () =>
        function* ({ x }) {
          for (const kind of kinds) {
            if (kind === 'l') yield* x.load();
            else if (kind === 's') yield* x.store(1);
            else yield* x.exchange(1);
          }
        },
    ),
  });
}

describe('turns', () => {
  test('of agents that load and store end after looks, before changes, mixed, ...', () => {
    const first = sequences(stepping('llslls', 3), new Turns({ seed: 1 }), 5);
    const turns = [
      // Forwards from the first, each up to its look, and to the second one from turn three on.
      '0 1 22 000 1111 2222 00 1',
      // Forwards from the first, each up to where it would store.
      '00 11 22 000 111 222 0 1 2',
      // Backwards from the last but one, 1, 2, 1, 4, 1, 2, 1, 8 steps.
      '1 00 2 1111 0 22 1 000 222',
      // Backwards from the last, 1, 2, 3, ... steps.
      '2 11 000 2222 1111 000 2',
      // Backwards from the first, each up to its store, and to the second one from turn three on.
      '000 222 111111 000 222',
    ];
    assert.deepEqual(
      first,
      turns.map((text) => text.replaceAll(' ', '')),
    );
  });

  test('of agents that begin at locks, too, are of growing lengths, mixed, ...', () => {
    const first = sequences(stepping('xlslls', 3), new Turns({ seed: 1 }), 5);
    const turns = [
      '2 11 000 2222 1111 000 2',
      '1 00 2 1111 0 22 1 000 222',
      '00 11 22 000 111 222 0 1 2',
      '000 222 111111 000 222',
      '0 1 22 000 1111 2222 00 1',
    ];
    assert.deepEqual(
      first,
      turns.map((text) => text.replaceAll(' ', '')),
    );
  });

  test('find what a lock hides from random walks: one section late, many after it', () => {
    // A stack of ten pushes that is popped once too often, and agents that hold and wait in a ring.
    const first = (program: Program): number => failures(program, new Turns({ seed: 1 }), 4);
    assert.ok(first(bug('CS.stack')) > 0);
    assert.ok(first(abba(6)) > 0);
    assert.ok(first(bug('chess.WSQ')) > 0);
  });

  test('end where an agent goes round and round', () => {
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
    for (const sequence of sequences(program, new Turns({ seed: 1 }), 40)) {
      assert.ok(sequence.length < 200, `${sequence.length}`);
    }
  });
});
