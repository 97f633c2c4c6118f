import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { abba, counter, hotplug, lastzero } from '../execute/classic-programs.ts';

/** What the shared suite needs to know of a strategy. */
export interface StrategyCase {
  readonly name: string;
  /** A fresh one for this program. */
  readonly make: (seed: number, program: Program) => Strategy;
  /** Tests that do not apply, and why. */
  readonly skips?: Readonly<Partial<Record<'seeds' | 'any execution alone', string>>>;
}

const programs: Readonly<Record<string, () => Program>> = {
  'counter(3,2)': () => counter(3, 2),
  'abba(3)': () => abba(3),
  'lastzero(3)': () => lastzero(3),
  hotplug: () => hotplug(false),
  'hotplug with the fix': () => hotplug(true),
};

/** The agents of each execution's steps, `0120...`, beginning with execution `first`. */
export function sequences(
  program: Program,
  strategy: Strategy,
  count: number,
  first = 0,
): string[] {
  const coroutines = new Coroutines(program);
  const all: string[] = [];
  coroutines.runAll(strategy, first, () => {
    const { agents, length } = coroutines.record;
    all.push(agents.slice(0, length).join(''));
    return all.length >= count;
  });
  return all;
}

/** The strategy, with each of its choices looked at. */
function watched(strategy: Strategy, look: (chosen: number, enabled: number) => void): Strategy {
  return {
    name: strategy.name,
    options: strategy.options,
    everyStep: strategy.everyStep,
    repeats: strategy.repeats,
    begin: (execution, agents) => strategy.begin(execution, agents),
    choose(enabled, current, machine) {
      const chosen = strategy.choose(enabled, current, machine);
      look(chosen, enabled);
      return chosen;
    },
    end: (outcome) => strategy.end(outcome),
  };
}

/** What holds of every strategy. */
export function strategySuite({ name, make, skips = {} }: StrategyCase): void {
  void describe(`the strategy ${name}`, () => {
    for (const [programName, program] of Object.entries(programs)) {
      void test(`chooses only agents that can go: ${programName}`, () => {
        const made = program();
        let choices = 0;
        const strategy = watched(make(1, made), (chosen, enabled) => {
          choices++;
          assert.notEqual(enabled, 0, 'it is asked only when there is a choice');
          if (chosen >= 0) assert.ok((enabled & (1 << chosen)) !== 0, 'the chosen one can go');
        });
        sequences(made, strategy, 200);
        assert.ok(choices > 0);
      });

      void test(`does the same again, given the same seed: ${programName}`, () => {
        const run = (): string[] => {
          const made = program();
          return sequences(made, make(7, made), 50);
        };
        assert.deepEqual(run(), run());
      });
    }

    void test('does something else, given another seed', { skip: skips.seeds ?? false }, () => {
      // Fifty executions of some 18 steps: that two seeds agree in all of them has no chance worth
      // naming.
      const made = counter(3, 2);
      assert.notDeepEqual(sequences(made, make(1, made), 50), sequences(made, make(2, made), 50));
    });

    void test(
      'runs any execution alone as it ran among the others',
      { skip: skips['any execution alone'] ?? false },
      () => {
        const made = counter(3, 2);
        const all = sequences(made, make(3, made), 20);
        assert.deepEqual(sequences(made, make(3, made), 1, 17), [all[17]]);
      },
    );

    void test('says what it is and with which options', () => {
      const strategy = make(5, counter(2, 1));
      assert.equal(strategy.name, name);
      assert.ok(Object.keys(strategy.options).length > 0);
    });
  });
}
