import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AnalysisFindings,
  type CountedFinding,
} from '../../src/check/analysis/analysis-finding.ts';
import { Predictor, type PredictorLimits } from '../../src/check/analysis/predict/predictor.ts';
import type { Predictions } from '../../src/check/analysis/predict/window-screen.ts';
import { TraceState } from '../../src/check/analysis/trace-state.ts';
import { readLines } from '../../src/trace/format/read-trace.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { choices, madeUpTrace } from './made-up-trace.ts';

interface Predicted {
  readonly findings: readonly CountedFinding[];
  readonly statistics: unknown;
}

/** All that is predicted from a trace, word for word. */
function predicted(
  lines: readonly string[],
  wanted: Predictions,
  limits: PredictorLimits,
): Predicted {
  const names = new TraceNames();
  const state = new TraceState('trace', names);
  const findings = new AnalysisFindings();
  const predictor = new Predictor(state, findings, wanted, limits);
  readLines('trace', lines, undefined, names, {
    event(event: TraceEvent): void {
      const agent = state.agent(event.agent);
      predictor.before(event, agent);
      state.apply(event, agent);
    },
  });
  predictor.end();
  return { findings: findings.all(), statistics: predictor.statistics() };
}

const wanted = fc.constantFrom(
  { races: true, deadlocks: true },
  { races: true, deadlocks: false },
  { races: false, deadlocks: true },
);

/** Rows of a window; and up to which row nothing is merged. */
const limits = [
  { rowsMax: 1 << 20, fullMax: 4096 },
  { rowsMax: 1 << 20, fullMax: 0 },
  { rowsMax: 1 << 20, fullMax: 9 },
  { rowsMax: 1 << 20, fullMax: 0, patience: 15 },
  { rowsMax: 1 << 20, fullMax: 0, patience: 1 << 20 },
  { rowsMax: 11, fullMax: 4096 },
];

for (const [subject, kind] of [
  ['words', 'data-race'],
  ['guarded', 'data-race'],
  ['nesting', 'predicted-deadlock'],
] as const) {
  test(`what the screen lets through is all that there is to predict: ${subject}`, () => {
    let found = 0;
    fc.assert(
      fc.property(choices(120), wanted, fc.constantFrom(...limits), (list, wants, limit) => {
        const lines = madeUpTrace(list, subject);
        const whole = predicted(lines, wants, { ...limit, screens: false });
        assert.deepEqual(predicted(lines, wants, { ...limit, screens: true }), whole);
        found += whole.findings.filter(({ finding }) => finding.kind === kind).length;
      }),
      { numRuns: 1500, seed: 1 },
    );
    // Odds: the seed is fixed.
    assert.ok(found > 100, `${found} findings`);
  });
}

test('what a row of the log stands for is in the order in which it was', () => {
  const cases: readonly (readonly [events: string, races: readonly string[]])[] = [
    // The first agent reads x once more than the second one learns of it.
    ['T0.r.x T0.w.x T0.w.y T1.r.y T0.r.x T1.w.x', ['x', 'y']],
    // The joined agent goes on, after it was joined.
    ['T0.fork.T1 T1.r.x T0.join.T1 T1.r.x T0.w.x', ['x']],
    // Of the joined agent everything is known, though the row of its last event comes first.
    ['T0.fork.T1 T1.r.x T1.r.y T1.r.x T0.join.T1 T0.w.x T0.w.z T2.w.z', ['z']],
  ];
  for (const [events, races] of cases) {
    const lines = events.split(' ').map((event) => {
      const [agent, op, object] = event.split('.');
      return `${agent!}|${op!}(${object!})|0`;
    });
    const wants = { races: true, deadlocks: false };
    const limit = { rowsMax: 1 << 20, fullMax: 0, patience: 1 << 20 };
    const whole = predicted(lines, wants, { ...limit, screens: false });
    assert.deepEqual(predicted(lines, wants, { ...limit, screens: true }), whole, events);
    assert.deepEqual((whole.statistics as { spRaceVars: unknown }).spRaceVars, races, events);
  }
});

test('where nothing is suspected nothing is made of the events', () => {
  const clean = [
    'T0|w(c)|0',
    'T0|fork(T1)|0',
    ...Array.from({ length: 40 }, (_, at) => [
      `T${at % 2}|acq(L)|1`,
      `T${at % 2}|r(c)|2`,
      `T${at % 2}|w(x)|3`,
      `T${at % 2}|rel(L)|4`,
    ]).flat(),
  ];
  const names = new TraceNames();
  const state = new TraceState('trace', names);
  const limit = { rowsMax: 50, fullMax: 0, screens: true };
  const predictor = new Predictor(
    state,
    new AnalysisFindings(),
    { races: true, deadlocks: true },
    limit,
  );
  readLines('trace', clean, 'std', names, {
    event(event: TraceEvent): void {
      const agent = state.agent(event.agent);
      predictor.before(event, agent);
      state.apply(event, agent);
      assert.ok(predictor.isScreening);
    },
  });
  predictor.end();
  assert.ok(predictor.isScreening);
  assert.equal(predictor.statistics()['predictionWindows'], 4);
});
