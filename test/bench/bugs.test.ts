import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flagged, stack } from '../../bench/sctbench/buffer-programs.ts';
import type { BugProgram } from '../../bench/sctbench/bug-program.ts';
import { bugPrograms, firstBug } from '../../bench/sctbench/bugs-bench.ts';
import { published } from '../../bench/sctbench/published.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { StateSearch, statesMax, type StateOptions } from '../../src/schedule/strategies/states.ts';

describe('the portfolio', () => {
  test('finds the bugs of SCTBench within the schedules that any published tool needs', () => {
    for (const { name, scenario } of bugPrograms) {
      const figures = published[name]?.map(({ schedules }) => schedules);
      if (figures === undefined || name === 'SafeStack') continue;
      const seeds = [1, 2, 3, 4, 5];
      const firsts = seeds.map((seed) => firstBug(scenario, 'portfolio', seed, 100));
      const mean = firsts.reduce((sum, first) => sum + first, 0) / seeds.length;
      const within = Math.min(...firsts) > 0 && mean <= Math.min(...figures);
      assert.ok(within, `${name}: ${firsts.join(', ')}`);
    }
  });
});

/** How the search of states ends, and by how many states. */
function searched(
  { scenario }: BugProgram,
  variant: 'broken' | 'fixed',
  options: Omit<StateOptions, 'statesMax'>,
): { readonly failed: boolean; readonly exhausted: boolean; readonly states: number } {
  const strategy = new StateSearch({ statesMax, ...options });
  const program = instantiate(scenario, { variant, form: 'full' });
  let failed = false;
  new Coroutines(program, { checks: false }).runAll(strategy, 0, ({ end }) => {
    failed ||= end === 'failed' || end === 'stalled';
    return false;
  });
  return { failed, exhausted: strategy.exhausted, states: strategy.statesMet };
}

describe('the mended programs', () => {
  test('whose agents forget their rounds are proved by states', () => {
    for (const name of ['CS.queue', 'CS.stack', 'CS.circular_buffer']) {
      const program = bugPrograms.find((one) => one.name === name)!;
      const { failed, exhausted } = searched(program, 'fixed', {});
      assert.deepEqual([failed, exhausted], [false, true], name);
    }
  });

  test('have agents that keep to what they say to have forgotten', () => {
    for (const program of [flagged('CS.flagged', 4), stack('CS.short-stack', 4)]) {
      for (const variant of ['broken', 'fixed'] as const) {
        const checked = searched(program, variant, { checkForget: 1 });
        const trusted = searched(program, variant, {});
        assert.equal(checked.failed, variant === 'broken');
        assert.equal(trusted.failed, variant === 'broken');
        assert.ok(checked.exhausted && trusted.exhausted);
        if (variant === 'fixed') assert.ok(trusted.states < checked.states);
      }
    }
  });

  test('of 20 agents have such as do the same if they are answered the same', () => {
    // The same programs with fewer agents, all states of which can be looked at.
    for (const name of ['CS.reorder_5', 'CS.reorder_10', 'CS.twostage', 'CS.wronglock_3']) {
      const program = bugPrograms.find((one) => one.name === name)!;
      const checked = searched(program, 'fixed', { checkSymmetry: 1 });
      const merged = searched(program, 'fixed', { symmetry: 1 });
      assert.deepEqual([checked.failed, merged.failed], [false, false], name);
      assert.ok(merged.exhausted && merged.states <= checked.states);
    }
  });
});
