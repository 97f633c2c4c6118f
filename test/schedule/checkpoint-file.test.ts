import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import {
  checkpointVersion,
  formatCheckpoint,
  parseCheckpoint,
  stateOf,
} from '../../src/schedule/checkpoint-file.ts';
import { noCounts } from '../../src/schedule/explore.ts';
import { programDigest } from '../../src/schedule/program-digest.ts';
import type { SavedFinding, SearchState } from '../../src/schedule/search-state.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, counter, hotplug } from '../execute/classic-programs.ts';

const program = hotplug(false);
const of = {
  scenario: 'sample',
  variant: 'default',
  form: 'full',
  strategy: 'dpor',
  seed: 1,
  preemptions: 1000,
  program: programDigest(program),
};

/** The steps of a random execution of the program. */
function stepsOf(execution: number): SavedFinding['steps'] {
  const coroutines = new Coroutines(program, { checks: false });
  coroutines.runAll(new RandomWalk({ seed: 1 }), execution, () => true);
  return coroutines.record.steps();
}

const findings = fc.array(
  fc.record({
    key: fc.string({ minLength: 1 }),
    fingerprint: fc.string({ minLength: 1 }),
    occurrences: fc.nat(),
    origin: fc.record({
      strategy: fc.constant('dpor'),
      seed: fc.nat(),
      execution: fc.nat(),
    }),
    steps: fc.nat(100).map(stepsOf),
  }),
  { maxLength: 3 },
);
const states: fc.Arbitrary<SearchState> = fc.record({
  rest: fc.jsonValue(),
  counts: fc
    .record({ executions: fc.nat(), elapsedMs: fc.double({ min: 0, max: 1e9, noNaN: true }) })
    .map((some) => ({ ...noCounts(), ...some })),
  findings,
});

describe('a checkpoint', () => {
  const text = formatCheckpoint(
    of,
    { rest: [1], counts: noCounts(), findings: [] },
    program.subject,
  );

  test('comes back from its file as it was', () => {
    fc.assert(
      fc.property(states, (state) => {
        const file = parseCheckpoint(formatCheckpoint(of, state, program.subject), 'x');
        assert.deepEqual(file.of, of);
        const read = stateOf(file, program.subject, 'x');
        assert.deepEqual(read.counts, state.counts);
        assert.deepEqual(
          read.findings.map((one) => JSON.stringify(one)),
          state.findings.map((one) => JSON.stringify(one)),
        );
        assert.deepEqual(read.rest, JSON.parse(JSON.stringify(state.rest)));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('is refused if any character of it is another one', () => {
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === '7' ? '8' : '7';
      const damaged = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
      assert.throws(() => parseCheckpoint(damaged, 'x'), { name: 'UserError' }, `at ${at}`);
    }
    assert.throws(() => parseCheckpoint(text.slice(0, -5), 'x'), /x is damaged/);
    assert.throws(() => parseCheckpoint('{}', 'x'), /^UserError: x is not a checkpoint/);
  });

  test('of another version says which one this Heddle reads', () => {
    const next = text.replace(`:${checkpointVersion},`, `:${checkpointVersion + 1},`);
    assert.throws(() => parseCheckpoint(next, 'x'), {
      message: 'x has checkpoint format version 2; this Heddle reads version 1',
    });
  });
});

describe('the digest of a program', () => {
  test('is the same for the same program, and another for others', () => {
    assert.equal(programDigest(counter(3, 2)), programDigest(counter(3, 2)));
    const all = [counter(3, 2), counter(3, 3), counter(2, 3), abba(3), abba(3, true)];
    const more = [hotplug(true), hotplug(false)];
    const digests = [...all, ...more].map((one) => programDigest(one));
    assert.equal(new Set(digests).size, digests.length);
  });
});
