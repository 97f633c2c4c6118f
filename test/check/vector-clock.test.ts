import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/execute/random.ts';
import { AgentClocks } from '../../src/check/analysis/races/agent-clocks.ts';
import {
  copied,
  joined,
  knows,
  makeClock,
  roomFor,
} from '../../src/check/analysis/races/vector-clock.ts';

test('clocks of different lengths that learn from each other do not outgrow each other', () => {
  for (const lengths of [
    [40, 64],
    [9, 33],
    [64, 65],
  ]) {
    let [one, other] = lengths.map((length) => makeClock(length)) as [Int32Array, Int32Array];
    for (let turn = 0; turn < 20; turn++) {
      one = joined(one, other);
      other = joined(other, roomFor(one, one.length - 1));
    }
    assert.ok(one.length <= 128, `${one.length} of ${lengths.join()}`);
    assert.equal(other.length, one.length);
  }
});

test('what 64 agents know of each other has room for 64', () => {
  const agents = 64;
  const clocks = new AgentClocks();
  for (let agent = 1; agent < agents; agent++) clocks.fork(0, agent);
  for (let turn = 0; turn < 4 * agents; turn++) {
    const agent = (turn * 37) % agents;
    const lock = turn % 5;
    clocks.acquire(agent, lock, false);
    clocks.tick(agent);
    clocks.learnOf((agent + 29) % agents, agent, 1, clocks.copy(agent));
    clocks.release(agent, lock, turn % 3 === 0);
  }
  for (const clock of clocks.clocks) assert.ok(clock.length <= agents, `${clock.length}`);
});

test('a copy into a clock that was given up knows nothing of what that one knew', () => {
  const given = makeClock(40);
  given.fill(7);
  const from = makeClock(8);
  from[3] = 2;
  const copy = copied(from, given);
  assert.equal(knows(copy, 3, 2), true);
  assert.equal(knows(copy, 3, 3), false);
  assert.equal(knows(copy, 20, 1), false);
});

test('locks carry on what plain copies of all clocks would', () => {
  const agents = 5;
  const draw = new Random();
  for (let round = 0; round < 40; round++) {
    draw.seed(round, 0);
    const clocks = new AgentClocks();
    const plain = Array.from({ length: agents }, () => new Array<number>(agents).fill(0));
    const writers: number[][] = [];
    const readers: number[][] = [];
    const join = (one: readonly number[], other: readonly number[] | undefined): number[] =>
      one.map((tick, agent) => Math.max(tick, other?.[agent] ?? 0));
    for (let step = 0; step < 400; step++) {
      const agent = draw.below(agents);
      const lock = draw.below(4);
      const shared = draw.below(3) === 0;
      const own = plain[agent]!;
      if (draw.below(2) === 0) {
        clocks.acquire(agent, lock, shared);
        const both = join(own, writers[lock]);
        plain[agent] = shared ? both : join(both, readers[lock]);
      } else {
        clocks.tick(agent);
        own[agent] = own[agent]! + 1;
        if (draw.below(8) === 0) {
          clocks.complete(agent, lock);
          writers[lock] = join(own, writers[lock]);
        } else {
          clocks.release(agent, lock, shared);
          if (shared) readers[lock] = join(own, readers[lock]);
          else [writers[lock], readers[lock]!] = [[...own], []];
        }
      }
      if (draw.below(50) === 0) clocks.renumberCopies(() => undefined);
      const clock = clocks.clock(agent);
      assert.deepEqual(
        plain[agent]!.map((_, other) => clock[other] ?? 0),
        plain[agent],
        `round ${round}, step ${step}`,
      );
    }
  }
});
