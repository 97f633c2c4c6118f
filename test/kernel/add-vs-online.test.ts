import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import addVsOnline from '../../scenarios/add-vs-online.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import type { Scenario } from '../../src/program/index.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';

/** Kind and agents of every finding but the guarded ones, sorted. */
function found(variant: string, form: string, strategy: Strategy, executions: number): string[] {
  const program = instantiate(addVsOnline as Scenario, { variant, form });
  const coroutines = new Coroutines(program);
  const kinds = new Set<string>();
  let count = 0;
  coroutines.runAll(strategy, 0, () => {
    for (const { kind, level, title } of coroutines.checks!.findings) {
      if (level === 'guarded') continue;
      kinds.add(kind === 'data-race' ? `${kind} ${title.split(/ on |:/)[1]}` : kind);
    }
    return ++count >= executions;
  });
  return [...kinds].sort();
}

describe('add-vs-online, explored completely in its small form', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'v3.19': ['deadlock', 'lock-inversion'],
    'v3.19-acpi': [],
    // Nobody writes to `online` here.
    'v4.18': [],
    'v4.20': [],
    'v4.20-without-8df1d0e4a265': ['deadlock', 'lock-inversion'],
    'v6.1': [],
    'v6.1-unguarded': ['assertion-failed', 'data-race memory33.nid', 'lock-inversion'],
  };

  test('every variant is expected', () => {
    assert.deepEqual(Object.keys(expected), Object.keys(addVsOnline.variants));
  });

  for (const [variant, kinds] of Object.entries(expected)) {
    test(`${variant} shows ${kinds.join(', ') || 'nothing'}`, () => {
      const strategy = new DepthFirst({ preemptions: unbounded });
      assert.deepEqual(found(variant, 'small', strategy, 100_000), kinds);
      assert.ok(strategy.exhausted);
    });
  }
});

// The rarest, a lost update of the counter, comes in about 1 of 150 executions; the seed is fixed.
describe('add-vs-online in its full form', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'v3.19': ['deadlock', 'lock-inversion'],
    'v4.18': [
      'assertion-failed',
      'data-race pgdat.node_present_pages',
      'data-race zone.present_pages',
      'invariant-violated',
    ],
    'v4.20': [],
    'v6.1': [],
    'v6.1-unguarded': ['assertion-failed', 'data-race memory33.nid', 'lock-inversion'],
  };
  for (const [variant, kinds] of Object.entries(expected)) {
    test(`${variant} shows ${kinds.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(found(variant, 'full', new Pct({ seed: 1, depth: 3 }), 1000), kinds);
    });
  }
});
