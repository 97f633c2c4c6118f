import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LockGraph, type Dependency } from '../../src/check/lock-graph.ts';
import type { Subject } from '../../src/trace/subject.ts';

const locks = 8;

/** Each lock is a class of its own. */
const subject = { classes: Int32Array.from({ length: locks }, (_, lock) => lock) } as Subject;

/** What an agent asks for that takes these locks, each inside of the one before. */
function nested(agent: number, order: readonly number[]): Dependency[] {
  const held = order.map((object, event) => ({ object, mode: 0, event }));
  return order.flatMap((to, depth) =>
    held.slice(0, depth).map((from) => ({
      agent,
      from,
      to,
      toMode: 0,
      held: held.slice(0, depth),
    })),
  );
}

function inOrder(numbers: readonly number[]): string {
  return numbers.toSorted((one, other) => one - other).join(' ');
}

/** The cycles of a graph, as the locks that they go through and the guards. */
function cycles(dependencies: readonly Dependency[]): Set<string> {
  const graph = new LockGraph(subject);
  for (const dependency of dependencies) graph.add(dependency);
  return new Set(
    graph.cyclesOf.flat().map(({ shapes, guards }) => {
      const members = shapes.map((shape) => graph.numbersOf[shape]![0]!);
      const names = members.map((one) => graph.dependencies[one]!.from.object);
      return `${inOrder(names)} guarded by ${inOrder(guards)}`;
    }),
  );
}

describe('the lock graph', () => {
  test('finds the same cycles in whatever order the dependencies come', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(order, { minLength: 2, maxLength: 8 }), fc.integer(), (orders, seed) => {
        const all = orders.flatMap((locksTaken, agent) => nested(agent, locksTaken));
        const [shuffled] = fc.sample(
          fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
          { numRuns: 1, seed },
        );
        assert.deepEqual(cycles(shuffled!), cycles(all));
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('is not slower for 30 agents that do the same, and one that does the opposite', () => {
    const down = [0, 1, 2, 3, 4, 5, 6, 7];
    const all = Array.from({ length: 30 }, (_, agent) => nested(agent, down)).flat();
    const found = cycles([...all, ...nested(30, [7, 0])]);
    // Each agent holds lock 0 when it asks for any other: the short cycle is the only one.
    assert.deepEqual(found, new Set(['0 7 guarded by ']));
  });

  test('says how often a search for cycles gave up', () => {
    const graphOf = (stepsMax: number): LockGraph => {
      const graph = new LockGraph(subject, stepsMax);
      for (const [agent, order] of [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 0],
      ].entries()) {
        for (const dependency of nested(agent, order)) graph.add(dependency);
      }
      return graph;
    };
    const whole = graphOf(100);
    assert.deepEqual([whole.searchesCut, new Set(whole.cyclesOf.flat()).size], [0, 1]);
    const cut = graphOf(2);
    assert.deepEqual([cut.searchesCut, new Set(cut.cyclesOf.flat()).size], [1, 0]);
  });
});
