import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed } from './analysed.ts';
import std from './data/std-traces.json' with { type: 'json' };

describe('small traces of published predictors', () => {
  for (const { name, expect, trace } of std.rows) {
    test(`${name} shows the races and deadlocks that it is known for`, () => {
      const { analysis, findings } = analysed(trace, 'std');
      const { names } = analysis.state;
      const racing = (levels: readonly string[]): string[] => {
        const words = findings.flatMap(({ finding }) =>
          finding.kind === 'data-race' && levels.includes(finding.level) ? finding.words : [],
        );
        return [...new Set(words)].map((word) => names.words.texts[word]!).sort();
      };
      assert.equal(analysis.events, expect.events);
      assert.equal(names.agents.size, expect.threads);
      assert.deepEqual(racing(['happened']), expect.shbRaceVars);
      if (expect.spRaceVars !== undefined) {
        assert.deepEqual(racing(['happened', 'predicted']), expect.spRaceVars);
      }
      const counts = analysis.predictor!.statistics();
      assert.equal(counts['abstractDeadlockPatterns'], expect.abstractDeadlockPatterns);
      assert.equal(counts['spDeadlockPatterns'], expect.spDeadlockPatterns);
      assert.equal(counts['hbRacePairs'], expect.hbRacePairs);
      assert.deepEqual(counts['hbRaceVars'], expect.hbRaceVars);
      assert.equal(counts['shbRacePairs'], expect.shbRacePairs);
      assert.deepEqual(counts['shbRaceVars'], expect.shbRaceVars);
      const predicted = findings.some(({ finding }) => finding.kind === 'predicted-deadlock');
      assert.equal(predicted, expect.deadlock);
    });
  }
});
