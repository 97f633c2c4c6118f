import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import addVsOnline from '../../scenarios/add-vs-online.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import type { Scenario } from '../../src/program/index.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import {
  exploreParallel,
  type ParallelOptions,
} from '../../src/schedule/parallel/explore-parallel.ts';
import type { SearchState } from '../../src/schedule/search-state.ts';
import { PieceByPiece } from '../../src/schedule/strategies/piece-by-piece.ts';
import { dividerOf, strategyNamed } from '../../src/schedule/strategies/registry.ts';
import counterScenario from './on-threads/counter-3-3.ts';
import endsItsThread from './on-threads/ends-its-thread.ts';
import philosophersScenario from './on-threads/philosophers-8.ts';
import wordsScenario from './on-threads/words-and-loops.ts';

const strategyOptions = { seed: 5, depth: 3, preemptions: 1000 };

interface Subject {
  readonly url: string;
  readonly make: () => Program;
}

function subject(path: string, scenario: Scenario, variant = 'default', form = 'full'): Subject {
  const url = new URL(path, import.meta.url).href;
  return { url, make: () => instantiate(scenario, { variant, form }) };
}

const counter = subject('./on-threads/counter-3-3.ts', counterScenario);
const words = subject('./on-threads/words-and-loops.ts', wordsScenario);
const philosophers = subject('./on-threads/philosophers-8.ts', philosophersScenario);
const add = subject('../../scenarios/add-vs-online.ts', addVsOnline as Scenario, 'v3.19', 'small');

function alone({ make }: Subject, strategy: string): Promise<Exploration> {
  return explore(make(), {
    strategy: strategyNamed(strategy, strategyOptions),
    seed: 5,
    minimise: false,
  });
}

function onThreads(
  { url, make }: Subject,
  strategy: string,
  more: Partial<ParallelOptions> = {},
): Promise<Exploration> {
  return exploreParallel(make(), {
    url,
    strategy,
    strategyOptions,
    seed: 5,
    threads: 2,
    minimise: false,
    ...more,
  });
}

/** Goes on with a search on one thread. */
function resume({ make }: Subject, resumed: SearchState): Promise<Exploration> {
  const saved = { rest: resumed.rest, executions: resumed.counts.executions };
  const all = strategyNamed('dpor', strategyOptions);
  const strategy = new PieceByPiece(all, dividerOf('dpor', strategyOptions)!, saved);
  return explore(make(), { strategy, seed: 5, minimise: false, resumed });
}

/** How often each finding was met, by fingerprint. */
function findings(exploration: Exploration): Record<string, number> {
  return Object.fromEntries(
    exploration.findings
      .map((one) => [one.fingerprint, one.occurrences] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** What must not depend on the number of threads, or on interruptions. */
function account({ counts, findings: all, complete }: Exploration): unknown {
  const { executions, steps, completed, stalled, failed, abandoned, cutOff } = counts;
  const ends = { executions, steps, completed, stalled, failed, abandoned, cutOff };
  return { ends, complete, findings: counts.findings, all: all.length };
}

describe('a complete search on several threads', () => {
  for (const [name, one, strategy, threads] of [
    ['counter(3,3)', counter, 'dpor', 2],
    ['philosophers(8)', philosophers, 'dpor', 2],
    ['add-vs-online', add, 'dpor', 2],
    ['counter(3,3)', counter, 'dfs', 2],
  ] as const) {
    test(`runs and finds what one thread does: ${name}, ${strategy} on ${threads}`, async () => {
      const expected = await alone(one, strategy);
      const together = await onThreads(one, strategy, { threads });
      assert.deepEqual(account(together), account(expected));
      assert.deepEqual(findings(together), findings(expected));
      assert.equal(together.statement, `${expected.statement}, on ${threads} threads`);
    });
  }

  test('runs as many executions as it may, and can go on from there, on any number', async () => {
    const expected = await alone(counter, 'dpor');
    let state: SearchState | undefined;
    const save = async (now: SearchState): Promise<void> => {
      state = JSON.parse(JSON.stringify(now)) as SearchState;
      await Promise.resolve();
    };
    const part = await onThreads(counter, 'dpor', {
      executions: 500,
      checkpoints: { seconds: 100, save },
    });
    assert.equal(part.counts.executions, 500);
    assert.match(part.statement, /^not complete: stopped after 500 executions/);
    for (const threads of [1, 3]) {
      const resumed = state!;
      const whole =
        threads > 1
          ? await onThreads(counter, 'dpor', { threads, resumed })
          : await resume(counter, resumed);
      assert.equal(whole.counts.executions, 1680);
      assert.equal(whole.counts.steps, expected.counts.steps);
      assert.ok(whole.complete);
    }
  });

  test('saves its state on the way, all threads at a time', async () => {
    const expected = await alone(philosophers, 'dpor');
    const states: SearchState[] = [];
    const save = async (state: SearchState): Promise<void> => {
      states.push(state);
      await Promise.resolve();
    };
    await onThreads(philosophers, 'dpor', { checkpoints: { seconds: 0, save } });
    assert.ok(states.length > 0);
    for (const resumed of new Set([states[0]!, states.at(-1)!])) {
      const again = await resume(philosophers, resumed);
      assert.deepEqual(account(again), account(expected));
      assert.deepEqual(findings(again), findings(expected));
    }
  });

  test('ends when the signal comes, and keeps what was found', async () => {
    const controller = new AbortController();
    const exploration = await onThreads(philosophers, 'dpor', {
      signal: controller.signal,
      onFinding: () => controller.abort(),
    });
    assert.ok(exploration.interrupted);
    assert.ok(exploration.findings.length > 0);
  });

  for (const strategy of ['dpor', 'random']) {
    test(`says that a thread has ended before its time: ${strategy}`, async () => {
      const one = subject('./on-threads/ends-its-thread.ts', endsItsThread);
      const exploration = await onThreads(one, strategy, { executions: 1_000_000 });
      assert.equal(exploration.complete, false);
      assert.match(exploration.statement, /; thread \d ended: .*, and what it (was|had) .* lost$/);
      assert.ok(exploration.death !== undefined);
    });
  }

  for (const strategy of ['preemptions', 'delays']) {
    test(`runs bound after bound as one thread does: ${strategy}`, async () => {
      const bounds = { ...strategyOptions, preemptions: 1, delays: 1 };
      for (const one of [counter, add]) {
        const search = strategyNamed(strategy, bounds);
        const whole = await explore(one.make(), { strategy: search, seed: 5, minimise: false });
        const shared = await onThreads(one, strategy, { strategyOptions: bounds });
        assert.deepEqual(account(shared), account(whole));
        assert.deepEqual(findings(shared), findings(whole));
        assert.equal(shared.counts.traces, whole.counts.traces);
        assert.equal(shared.coverage?.tracesOnce, whole.coverage?.tracesOnce);
        assert.equal(shared.statement, `${whole.statement}, on 2 threads`);
      }
    });
  }

  for (const equivalence of ['observers', 'reads-from'] as const) {
    test(`runs and finds what one thread does: dpor by ${equivalence}`, async () => {
      const coarse = { ...strategyOptions, equivalence };
      for (const one of [philosophers, add, words]) {
        const search = strategyNamed('dpor', coarse);
        const whole = await explore(one.make(), { strategy: search, seed: 5, minimise: false });
        const shared = await onThreads(one, 'dpor', { strategyOptions: coarse });
        assert.deepEqual(account(shared), account(whole));
        assert.equal(shared.statement, `${whole.statement}, on 2 threads`);
        // Where it begins anew, what was met before that was met all the same.
        const same = one === words ? Object.keys : (times: object) => times;
        assert.deepEqual(same(findings(shared)), same(findings(whole)));
      }
    });

    test(`runs as many executions as it may after it has begun anew: ${equivalence}`, async () => {
      const coarse = { ...strategyOptions, equivalence };
      const search = strategyNamed('dpor', coarse);
      const whole = await explore(words.make(), { strategy: search, seed: 5, minimise: false });
      let state: SearchState | undefined;
      const save = async (now: SearchState): Promise<void> => {
        state = { ...now, rest: JSON.parse(JSON.stringify(now.rest)) };
        await Promise.resolve();
      };
      const checkpoints = { seconds: 100, save };
      const some = { strategyOptions: coarse, executions: 100, checkpoints };
      const part = await onThreads(words, 'dpor', some);
      assert.equal(part.counts.executions - part.counts.abandoned, 100);
      assert.match(part.statement, /^not complete: stopped after 100 executions/);
      const resumed = state!;
      const end = await onThreads(words, 'dpor', { strategyOptions: coarse, resumed, threads: 3 });
      assert.deepEqual(account(end), account(whole));
      assert.deepEqual(Object.keys(findings(end)), Object.keys(findings(whole)));
    });
  }

  test('is refused for states, in one line that says why', async () => {
    await assert.rejects(onThreads(counter, 'states'), {
      name: 'UserError',
      message:
        'states runs on one thread, as it remembers the states that it has met: `--threads` is ' +
        'for others',
    });
  });
});
