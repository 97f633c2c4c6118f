import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  PermitExercise,
  WriteExercise,
  type Held,
} from '../../src/execute/torture/held-exercise.ts';
import {
  AgentAt,
  agentLine,
  ControlAt,
  makeControl,
  makeStatistics,
  Phase,
  StatisticAt,
  statisticsOf,
} from '../../src/execute/torture/layout.ts';
import { Site } from '../../src/execute/torture/site.ts';
import { StallDetector } from '../../src/execute/torture/stall.ts';
import { statisticsOfRole } from '../../src/execute/torture/statistics.ts';
import type { TortureAgents } from '../../src/execute/torture/torture-agents.ts';
import { Violation } from '../../src/execute/torture/violations.ts';

/** Two writers, then two readers, on one control block. */
function sites(): { control: Int32Array; sites: Site[]; codes: () => number[] } {
  const control = new Int32Array(makeControl(4));
  return {
    control,
    sites: [0, 1, 2, 3].map((place) => new Site(control, place, 2, 2)),
    codes: () => [0, 1, 2, 3].map((place) => control[agentLine(place) + AgentAt.code]!),
  };
}

const { none, writerWithWriter, writerWithReader, readerWithWriter, halfChanged, tooMany } =
  Violation;

describe('who is inside of a tortured lock', () => {
  test('sees a second writer', () => {
    const { sites: at, codes } = sites();
    at[0]!.comeInWriting(false);
    at[1]!.comeInWriting(false);
    assert.deepEqual(codes(), [none, writerWithWriter, none, none]);
  });

  test('sees a reader beside a writer, whoever came first', () => {
    const { sites: at, codes } = sites();
    at[2]!.comeInReading();
    at[0]!.comeInWriting(false);
    at[3]!.comeInReading();
    assert.deepEqual(codes(), [writerWithReader, none, none, readerWithWriter]);
  });

  test('sees words that a writer has changed by half', () => {
    const { control, sites: at, codes } = sites();
    control[ControlAt.first] = 1;
    at[2]!.comeInReading();
    assert.deepEqual(codes(), [none, none, halfChanged, none]);
  });

  test('sees what was changed by half while it was inside', () => {
    const { control, sites: at, codes } = sites();
    at[2]!.comeInReading();
    control[ControlAt.first] = 1;
    at[2]!.goOutReading();
    assert.deepEqual(codes(), [none, none, halfChanged, none]);
  });

  test('sees nothing where writers take turns and readers share', () => {
    const { sites: at, codes } = sites();
    for (const place of [0, 1, 0]) {
      at[place]!.comeInWriting(false);
      at[place]!.goOutWriting();
    }
    at[2]!.comeInReading();
    at[3]!.comeInReading();
    at[2]!.goOutReading();
    at[3]!.goOutReading();
    at[1]!.comeInWriting(false);
    assert.deepEqual(codes(), [none, none, none, none]);
  });

  test('makes the words agree again after a death', () => {
    const { control, sites: at, codes } = sites();
    control[ControlAt.first] = 1;
    const lock: Held = { lock: () => 'ownerDied', unlock: () => undefined };
    const exercise = new WriteExercise(at[0]!, lock);
    assert.equal(exercise.enter(0), 'afterDeath');
    exercise.leave();
    assert.equal(control[ControlAt.first], control[ControlAt.second]);
    assert.deepEqual(codes(), [none, none, none, none]);
  });

  test('sees more agents than permits, and not as many', () => {
    const { sites: at, codes } = sites();
    const lock: Held = { lock: () => 'acquired', unlock: () => undefined };
    const [one, two, three] = at.map((site) => new PermitExercise(site, lock, 2));
    one!.enter(0);
    two!.enter(0);
    assert.deepEqual(codes(), [none, none, none, none]);
    two!.leave();
    two!.enter(0);
    three!.enter(0);
    assert.deepEqual(codes(), [none, none, tooMany, none]);
  });
});

/** A detector over agents in these phases, of whom so many are asleep. */
function detector(
  phases: readonly number[],
  asleep: number,
  restersOwe = false,
): { stall: StallDetector; control: Int32Array } {
  const control = new Int32Array(makeControl(phases.length));
  const agents = {
    control,
    count: phases.length,
    isStopped: false,
    phase: (at: number) => phases[at]!,
    name: (at: number) => `agent ${at + 1}`,
    isLeaving: () => false,
    wakeSleepers: () => asleep,
  } as unknown as TortureAgents;
  return { stall: new StallDetector(agents, restersOwe), control };
}

describe('a stall', () => {
  const { waiting, outside, inside, paused, ended, absent } = Phase;

  test('is a lost wake-up where all wait asleep and nobody is left to wake them', async () => {
    const { stall } = detector([waiting, paused, waiting, ended, absent], 2);
    assert.equal(stall.look(), undefined, 'at once');
    await delay(80);
    assert.match(stall.look() ?? '', /^agent 1, agent 3 slept on the lock, .* a wake-up was lost$/);
  });

  const silent: readonly [string, readonly number[], number, boolean][] = [
    ['somebody is inside', [waiting, inside], 1, false],
    ['somebody is between two turns', [waiting, outside], 1, false],
    ['nobody waits', [paused, paused], 0, false],
    ['one who waits is awake', [waiting, waiting], 1, false],
    ['one who rests may owe them a signal', [waiting, paused], 1, true],
  ];
  for (const [why, phases, asleep, restersOwe] of silent) {
    test(`is none where ${why}`, async () => {
      const { stall } = detector(phases, asleep, restersOwe);
      stall.look();
      await delay(80);
      assert.equal(stall.look(), undefined);
    });
  }

  test('is none while turns are made', async () => {
    const { stall, control } = detector([waiting, waiting], 2);
    stall.look();
    await delay(80);
    control[agentLine(0) + AgentAt.turns] = 1;
    assert.equal(stall.look(), undefined);
  });
});

test('statistics have the total, most and fewest, and the fairness of a role', () => {
  const numbers = new Float64Array(makeStatistics(3));
  for (const [place, acquired] of [30, 10, 5].entries()) {
    numbers[statisticsOf(place) + StatisticAt.acquired] = acquired;
    numbers[statisticsOf(place) + StatisticAt.overLimit] = place;
  }
  const writers = statisticsOfRole('writers', numbers, 0, 2);
  assert.equal(writers.total, 40);
  assert.deepEqual([writers.max, writers.min], [30, 10]);
  assert.equal(writers.fairness, (40 * 40) / (2 * (900 + 100)));
  assert.equal(writers.overLimit, 1);
  assert.equal(writers.waits, undefined);
  const readers = statisticsOfRole('readers', numbers, 2, 1);
  assert.deepEqual([readers.total, readers.fairness, readers.overLimit], [5, 1, 2]);
});
