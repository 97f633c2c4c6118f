import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { RecordedSteps } from '../../src/execute/schedule-record.ts';
import { check, type Arena, type Step, type Word } from '../../src/program/index.ts';
import { Kind } from '../../src/program/kinds.ts';
import { recordFinding } from '../../src/schedule/finding-collector.ts';
import type { FindingRecord } from '../../src/schedule/finding-record.ts';
import { inNormalForm, normalForm } from '../../src/schedule/normal-form.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, hotplug, reorder3, twostage } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';

/** A schedule as a word: each step's agent, kind and object. */
type Steps = readonly (readonly [agent: number, kind: number, object: number])[];

interface World {
  readonly a: Word;
  readonly b: Word;
  readonly c: Word;
}

const setup = (arena: Arena): World => ({
  a: arena.word('a'),
  b: arena.word('b'),
  c: arena.word('c'),
});

/** Three agents on three words, of which one fails at its end. */
function mixed(): Program {
  return sampleProgram<World>({
    setup,
    agents: {
      *one({ a, b }): Step<void> {
        yield* a.store(1);
        yield* b.load();
        yield* a.load();
      },
      *other({ b, c }): Step<void> {
        yield* c.load();
        yield* b.store(1);
        yield* c.store(2);
      },
      *last({ a, c }): Step<void> {
        yield* c.load();
        yield* a.load();
        check(false, 'fails in any case');
      },
    },
  });
}

/** What random executions that showed a finding came to, as they were. */
function* met(program: Program, kind: string, count: number): Generator<FindingRecord> {
  const coroutines = new Coroutines(program);
  let left = count;
  for (let execution = 0; left > 0; execution++) {
    coroutines.runAll(new RandomWalk({ seed: 1 }), execution, () => true);
    const finding = coroutines.findings.find((one) => one.kind === kind);
    if (finding === undefined) continue;
    left--;
    const origin = { strategy: 'random', seed: 1, execution };
    yield recordFinding(program, coroutines.record.steps(), finding.key, origin)!;
  }
}

function stepsOf({ agents, kinds, objects }: RecordedSteps): Steps {
  return [...agents].map((agent, at) => [agent, kinds[at]!, objects[at]!]);
}

function turnsOf(steps: Steps): number {
  return steps.filter(([agent], at) => at === 0 || steps[at - 1]![0] !== agent).length;
}

/** All orders that swaps of adjacent independent steps lead to; for atomic words only. */
function allOrders(from: Steps): Steps[] {
  const seen = new Map([[JSON.stringify(from), from]]);
  for (const steps of seen.values()) {
    for (let at = 1; at < steps.length; at++) {
      const [one, other] = [steps[at - 1]!, steps[at]!];
      const stores = one[1] === Kind.store || other[1] === Kind.store;
      if (one[0] === other[0] || (one[2] === other[2] && stores)) continue;
      const swapped = [...steps.slice(0, at - 1), other, one, ...steps.slice(at + 1)];
      const text = JSON.stringify(swapped);
      if (!seen.has(text)) seen.set(text, swapped);
    }
  }
  return [...seen.values()];
}

function sorted(program: Program, record: FindingRecord): FindingRecord {
  return inNormalForm(record, (steps) =>
    recordFinding(program, steps, record.finding.key, record.origin),
  );
}

describe('the normal form of a schedule', () => {
  test('has the fewest turns of all orders, and is the same for all of them', () => {
    const program = mixed();
    const forms = new Map<string, string>();
    let changed = 0;
    for (const record of met(program, 'assertion-failed', 60)) {
      const form = normalForm(record);
      if (form !== undefined) changed++;
      const steps = stepsOf(form ?? record.steps);
      const orders = allOrders(stepsOf(record.steps));
      assert.ok(orders.some((order) => JSON.stringify(order) === JSON.stringify(steps)));
      assert.equal(turnsOf(steps), Math.min(...orders.map(turnsOf)));
      const trace = orders.map((order) => JSON.stringify(order)).sort()[0]!;
      assert.equal(forms.get(trace) ?? JSON.stringify(steps), JSON.stringify(steps));
      forms.set(trace, JSON.stringify(steps));
    }
    assert.ok(changed > 0);
    assert.ok(forms.size >= 5, `${forms.size} traces`);
  });

  test('keeps the order of steps that do not commute', () => {
    const program = sampleProgram<World>({
      setup,
      agents: {
        *one({ a }) {
          yield* a.add(1);
          yield* a.add(1);
        },
        *other({ a }) {
          yield* a.add(1);
          check((yield* a.load()) !== 2, 'not in the middle');
        },
      },
    });
    const alternating = [...met(program, 'assertion-failed', 5)].map((record) => record);
    for (const record of alternating) assert.equal(normalForm(record), undefined);
  });

  const programs: readonly [name: string, make: () => Program, kind: string][] = [
    ['abba(3)', () => abba(3), 'deadlock'],
    ['hotplug', () => hotplug(false), 'deadlock'],
    ['twostage', twostage, 'assertion-failed'],
    ['reorder_3', reorder3, 'assertion-failed'],
  ];
  for (const [name, make, kind] of programs) {
    test(`of ${name} shows the same finding in no more steps, turns and preemptions`, () => {
      const program = make();
      for (const record of met(program, kind, 20)) {
        const form = sorted(program, record);
        assert.equal(form.fingerprint, record.fingerprint);
        assert.ok(form.steps.agents.length <= record.steps.agents.length);
        assert.ok(form.preemptions <= record.preemptions);
        assert.ok(turnsOf(stepsOf(form.steps)) <= turnsOf(stepsOf(record.steps)));
      }
    });
  }

  test('a schedule that would show something else is kept as it was', () => {
    const program = mixed();
    const [record] = met(program, 'assertion-failed', 1);
    assert.equal(
      inNormalForm(record!, () => undefined),
      record,
    );
    const other = { ...record!, fingerprint: 'another' };
    assert.equal(
      inNormalForm(record!, () => other),
      record,
    );
  });
});
