import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Analysis, checkNames } from '../../src/check/analysis/analysis.ts';
import { UserError } from '../../src/program/errors.ts';
import { operationShapes } from '../../src/trace/format/operation.ts';
import { readLines, type TraceFormat } from '../../src/trace/format/read-trace.ts';
import { lockKinds, TraceNames } from '../../src/trace/format/trace-names.ts';

/** Whatever comes in is analysed to its end, or refused in one line that says which line it is. */
function judge(lines: readonly string[], format: TraceFormat | undefined): void {
  const names = new TraceNames();
  const analysis = new Analysis('t', names, { checks: checkNames, statistics: true });
  try {
    readLines('t', lines, format, names, analysis);
    for (const { finding } of analysis.end()) assert.notEqual(finding.title, '');
  } catch (error) {
    assert.ok(error instanceof UserError, String((error as Error).stack));
    assert.match(error.message, /^t:\d+: /);
    assert.doesNotMatch(error.message, /\n/);
  }
}

const few = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const junk = fc.string({ maxLength: 30, unit: 'binary' }).map((text) => text.replaceAll('\n', ' '));

/** Mostly right, now and then something else in a place. */
const or = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 400, arbitrary: right as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  );

const jsonlEvent = fc
  .record(
    {
      op: or(fc.constantFrom(...operationShapes.map(({ name }) => name))),
      agent: or(few('A', 'B', 'C')),
      lock: or(few('L', 'M', 'N')),
      word: or(few('x', 'y')),
      other: or(few('A', 'B', 'C')),
      context: or(few('hardirq', 'softirq')),
      name: or(few('f', 'g')),
      text: or(few('n')),
      mode: or(few('write', 'read', 'recursive-read')),
      try: or(fc.boolean()),
      nest: or(few('L', 'M')),
      subclass: or(fc.nat(7)),
      marked: or(fc.boolean()),
      size: or(fc.nat(8)),
      offset: or(fc.nat(8)),
      scope: or(few('begin', 'end')),
      threaded: or(fc.boolean()),
      state: or(few('inside', 'outside', 'enabled', 'disabled')),
      cookie: or(fc.nat(3)),
      slow: or(fc.boolean()),
      at: or(few('f:1', 'g:2')),
      t: or(fc.nat()),
    },
    {
      requiredKeys: ['op', 'agent', 'lock', 'word', 'other', 'context', 'name', 'text', 'state'],
    },
  )
  .map((event) => JSON.stringify(event));

const jsonlHeader = fc
  .record({
    heddleTrace: or(fc.constant(1)),
    locks: or(
      fc.dictionary(
        few('L', 'M', 'N'),
        fc.record(
          {
            kind: or(fc.constantFrom(...lockKinds)),
            class: or(few('c', 'd')),
            check: or(fc.boolean()),
            rank: or(fc.nat(3)),
            waitOverride: or(fc.nat(5)),
            wwClass: or(few('v', 'w')),
          },
          { requiredKeys: ['kind'] },
        ),
      ),
    ),
    words: or(fc.constant({ x: { name: 'x' } })),
    rules: or(fc.constantFrom({}, { leaf: ['L'] }, { guards: { x: { guardedBy: 'L' } } })),
    options: or(fc.record({ waitContexts: fc.boolean() })),
  })
  .map((header) => JSON.stringify(header));

const stdLine = fc
  .tuple(
    few('T0', 'T1', '2', 'main'),
    few('acq', 'rel', 'req', 'r', 'w', 'rd', 'fork', 'join', 'wait', 'notify', 'br', 'begin', 'zz'),
    few('(L1)', '(L2)', '(x)', '(T1)', '(T2)', '', '()'),
    few('1', '-2', '', 'q'),
  )
  .map(([thread, op, operand, location]) => `${thread}|${op}${operand}|${location}`);

const ftraceLine = fc
  .tuple(
    few('bash-1', 'kworker/0:1-2', '<idle>-0', 'a b-3'),
    few('[000]', '[001]', '[x]'),
    few('d..1.', '....', 'd.h1.', '..s1.', 'D.H2.', '', 'b'),
    few('1.5:', '2.000001:', 'x'),
    few('lock_acquire:', 'lock_acquired:', 'lock_contended:', 'lock_release:', 'other:'),
    few('0x1 a', '0x2 try b', '0x1 read a', '0x3 try read c d', '', '0x1'),
  )
  .map((parts) => parts.join(' '));

function campaign(line: fc.Arbitrary<string>, format: TraceFormat, first?: fc.Arbitrary<string>) {
  return (runs: number): void => {
    const lines = fc.array(
      fc.oneof({ weight: 40, arbitrary: line }, { weight: 1, arbitrary: junk }),
      {
        maxLength: 25,
      },
    );
    const whole =
      first === undefined ? lines : fc.tuple(first, lines).map(([one, rest]) => [one, ...rest]);
    fc.assert(
      fc.property(whole, fc.boolean(), (text, told) => judge(text, told ? format : undefined)),
      { numRuns: runs, seed: 5 },
    );
  };
}

/** A campaign a format; the argument is the number of inputs. */
export const fuzzFormats: Readonly<Record<string, (runs: number) => void>> = {
  jsonl: campaign(jsonlEvent, 'jsonl', jsonlHeader),
  std: campaign(stdLine, 'std'),
  ftrace: campaign(ftraceLine, 'ftrace'),
};
