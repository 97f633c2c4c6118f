import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnalysisFindings } from '../../src/check/analysis/analysis-finding.ts';
import { RaceChecker, type AccessCounts } from '../../src/check/analysis/races/race-checker.ts';
import { TraceState } from '../../src/check/analysis/trace-state.ts';
import { readLines } from '../../src/trace/format/read-trace.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { analysed, trace } from './analysed.ts';
import { choices, madeUpTrace } from './made-up-trace.ts';

interface Raced {
  readonly findings: readonly unknown[];
  readonly counts: AccessCounts;
}

/** All that races show, word for word. */
function raced(lines: readonly string[], copies: number, hasPlain: boolean): Raced {
  const names = new TraceNames();
  const state = new TraceState('trace', names);
  const findings = new AnalysisFindings();
  const races = new RaceChecker(state, findings, copies, hasPlain);
  readLines('trace', lines, 'jsonl', names, {
    event(event: TraceEvent): void {
      const agent = state.agent(event.agent);
      races.before(event, agent);
      state.apply(event, agent);
    },
  });
  return { findings: findings.all(), counts: races.counts };
}

test('words in flat numbers race as those with cells', () => {
  let found = 0;
  fc.assert(
    fc.property(choices(120), fc.constantFrom(1, 20, 1 << 20), (list, copies) => {
      const lines = madeUpTrace(list, 'words');
      const cells = raced(lines, copies, false);
      assert.deepEqual(raced(lines, copies, true), cells);
      found += cells.findings.length;
    }),
    { numRuns: 3000, seed: 3 },
  );
  // Odds: the seed is fixed.
  assert.ok(found > 1000, `${found} findings`);
});

test('an access is told with the locks as they were held then', () => {
  const events = 'A.acquire.L A.write.x A.downgrade.L B.write.x';
  const { findings } = analysed(trace(events), 'jsonl', ['races']);
  const text = findings[0]!.finding.text.join('\n');
  assert.match(text, /A writes x \(line 3\)\n {2}while holding L\n/);
});
