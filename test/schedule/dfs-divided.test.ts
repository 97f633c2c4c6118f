import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { dividedDepthFirst } from '../../src/schedule/strategies/divide-dfs.ts';
import { abba, counter, hotplug, lastzero } from '../execute/classic-programs.ts';
import { runDivided } from './divided.ts';

const programs: readonly (readonly [string, () => Program])[] = [
  ['counter(4,1)', () => counter(4, 1)],
  ['lastzero(3)', () => lastzero(3)],
  ['philosophers(3)', () => abba(3)],
  ['hotplug', () => hotplug(false)],
];

/** How each execution went: its end and who made its steps. */
function textOf(coroutines: Coroutines, { end }: { end: string }): string {
  const { agents, length } = coroutines.record;
  return `${end} ${agents.slice(0, length).join('')}`;
}

describe('depth-first search, divided among threads', () => {
  for (const [name, make] of programs) {
    for (const preemptions of [unbounded, 1]) {
      test(`runs just the executions of one thread: ${name}, ${preemptions} preemptions`, () => {
        const alone: string[] = [];
        const coroutines = new Coroutines(make());
        coroutines.runAll(new DepthFirst({ preemptions }), 0, (outcome) => {
          alone.push(textOf(coroutines, outcome));
          return false;
        });
        for (const threads of [1, 2, 3]) {
          for (const saves of [0, 12]) {
            const all: string[] = [];
            const divider = dividedDepthFirst({ preemptions });
            const { pieces } = runDivided({
              divider,
              threads,
              saves,
              seed: threads,
              program: make,
              onExecution: (on, outcome) => all.push(textOf(on, outcome)),
            });
            assert.deepEqual(all.sort(), alone.sort());
            assert.ok(pieces > 1);
          }
        }
      });
    }
  }
});
