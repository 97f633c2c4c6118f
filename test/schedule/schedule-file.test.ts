import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { RecordedSteps } from '../../src/execute/schedule-record.ts';
import { UserError } from '../../src/program/index.ts';
import { scheduleFileOf } from '../../src/report/finding-json.ts';
import { findingText } from '../../src/report/finding-text.ts';
import { explore } from '../../src/schedule/explore.ts';
import { recordFinding } from '../../src/schedule/finding-collector.ts';
import {
  formatSchedule,
  parseSchedule,
  runsOf,
  stepsOf,
  type ScheduleFile,
} from '../../src/schedule/schedule-file.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { abba, hotplug, twostage } from '../execute/classic-programs.ts';
import { programOf, randomListing } from '../execute/random-listing.ts';

const head = { heddleSchedule: 1, scenario: 'sample', variant: 'default', form: 'full' } as const;

function plain(steps: RecordedSteps): number[][] {
  return [[...steps.agents], [...steps.kinds], [...steps.objects]];
}

describe('a schedule file', () => {
  test('gives back the steps that went into it, whatever the program', () => {
    const property = fc.property(
      randomListing({ agents: 3, statements: 3 }),
      fc.nat(1000),
      (listing, seed) => {
        const { program } = programOf(listing);
        const coroutines = new Coroutines(program, { checks: false });
        coroutines.runAll(new RandomWalk({ seed }), 0, () => true);
        const steps = coroutines.record.steps();
        const file: ScheduleFile = { ...head, seed, schedule: runsOf(steps, program.subject) };
        const text = formatSchedule(file);
        const read = parseSchedule(text, 'a.schedule.json');
        assert.deepEqual(read, file);
        assert.equal(formatSchedule(read), text);
        assert.deepEqual(plain(stepsOf(read, program.subject, 'a')), plain(steps));
      },
    );
    fc.assert(property, { numRuns: 100, seed: 1 });
  });

  test('keeps every character of a text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (title) => {
        const finding = { kind: 'deadlock', level: 'happened', title, fingerprint: 'f' };
        const file: ScheduleFile = { ...head, finding, schedule: [] };
        assert.deepEqual(parseSchedule(formatSchedule(file), 'a'), file);
      }),
      { seed: 1 },
    );
  });

  test('has one line a run', () => {
    const schedule = [
      { agent: 'taker0', operations: ['acquire lock0', 'acquire lock1'] },
      { agent: 'taker1', steps: 2 },
    ];
    assert.equal(
      formatSchedule({ ...head, seed: 7, schedule }),
      [
        '{',
        '  "heddleSchedule": 1,',
        '  "scenario": "sample",',
        '  "variant": "default",',
        '  "form": "full",',
        '  "seed": 7,',
        '  "schedule": [',
        '    {"agent":"taker0","operations":["acquire lock0","acquire lock1"]},',
        '    {"agent":"taker1","steps":2}',
        '  ]',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('that a person wrote by numbers of steps fits any operation', () => {
    const { subject } = abba(2);
    const content = JSON.stringify({ ...head, schedule: [{ agent: 'taker1', steps: 2 }] });
    const steps = stepsOf(parseSchedule(content, 'mine'), subject, 'mine');
    assert.deepEqual(plain(steps), [
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('a bad schedule file is one line:', () => {
  const refused = (content: string): string => {
    try {
      stepsOf(parseSchedule(content, 'bad.json'), abba(2).subject, 'bad.json');
    } catch (error) {
      assert.ok(error instanceof UserError);
      assert.ok(!error.message.includes('\n'));
      return error.message;
    }
    return 'accepted';
  };
  const withSchedule = (schedule: unknown): string => JSON.stringify({ ...head, schedule });

  test('not JSON', () => {
    assert.match(refused('{ "heddleSchedule": 1,'), /^bad\.json is not JSON: /);
    assert.match(refused(''), /^bad\.json is not JSON: /);
  });

  test('JSON, but no schedule file', () => {
    for (const content of ['{}', '[]', 'null', '3', '"x"']) {
      assert.equal(
        refused(content),
        'bad.json is not a schedule file: it has no `heddleSchedule` version',
      );
    }
  });

  test('of another version', () => {
    assert.equal(
      refused(JSON.stringify({ ...head, heddleSchedule: 2, schedule: [] })),
      'bad.json has schedule format version 2; this Heddle reads version 1',
    );
    assert.match(refused('{"heddleSchedule":"1"}'), /version "1"; this Heddle reads version 1$/);
  });

  test('a field that is missing, of another type, or not known', () => {
    assert.match(refused(JSON.stringify({ ...head })), /^bad\.json: `schedule` is missing$/);
    assert.match(
      refused(JSON.stringify({ ...head, form: 3, schedule: [] })),
      /^bad\.json: `form`: /,
    );
    assert.match(
      refused(JSON.stringify({ ...head, sed: 3, schedule: [] })),
      /^bad\.json: `sed` is no field here/,
    );
    assert.match(refused(withSchedule([{ agent: 'taker0', steps: 0 }])), /`schedule\.0\.steps`: /);
    assert.match(
      refused(withSchedule([{ agent: 'taker0', steps: 1.5 }])),
      /`schedule\.0\.steps`: /,
    );
  });

  test('an agent that the program does not have, with the nearest', () => {
    assert.equal(
      refused(withSchedule([{ agent: 'taker2', steps: 1 }])),
      'bad.json: schedule[0]: no agent is named "taker2": ' +
        'did you mean "taker0" or "taker1"? there are taker0, taker1',
    );
  });

  test('neither operations nor steps, or both', () => {
    const either = 'bad.json: schedule[0]: give either `operations` or `steps`';
    assert.equal(refused(withSchedule([{ agent: 'taker0' }])), either);
    const both = { agent: 'taker0', steps: 1, operations: ['acquire lock0'] };
    assert.equal(refused(withSchedule([both])), either);
  });

  test('an operation or an object that there is not', () => {
    const operations = (text: string): string => {
      return refused(withSchedule([{ agent: 'taker0', operations: [text] }]));
    };
    assert.match(
      operations('aquire lock0'),
      /^bad\.json: schedule\[0\]: "aquire" is no operation: did you mean "acquire"/,
    );
    assert.match(
      operations('acquire lock9'),
      /^bad\.json: schedule\[0\]: the scenario has no "lock9"/,
    );
  });
});

describe('a failure', () => {
  for (const { name, make } of [
    { name: 'abba(2)', make: () => abba(2) },
    { name: 'hotplug', make: () => hotplug(false) },
    { name: 'twostage', make: twostage },
  ]) {
    test(`of ${name}, printed, read and replayed, is the same byte for byte`, async () => {
      const program = make();
      const strategy = new RandomWalk({ seed: 1 });
      const { findings } = await explore(program, { strategy, seed: 1, executions: 500 });
      assert.ok(findings.length > 0);
      for (const record of findings) {
        const choice = { scenario: 'sample', variant: 'default', form: 'full' };
        const text = formatSchedule(scheduleFileOf(record, choice));
        // Another instance of the program: nothing but the text connects the two.
        const again = make();
        const steps = stepsOf(parseSchedule(text, 'a'), again.subject, 'a');
        const { finding, origin } = record;
        const replayed = recordFinding(again, steps, finding.key, origin)!;
        assert.equal(formatSchedule(scheduleFileOf(replayed, choice)), text);
        replayed.occurrences = record.occurrences;
        assert.equal(findingText(replayed), findingText(record));
      }
    });
  }
});
