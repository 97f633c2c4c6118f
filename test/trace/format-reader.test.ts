import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventLine, headerLine } from '../../src/trace/format/jsonl-writer.ts';
import { readLines, type TraceFormat } from '../../src/trace/format/read-trace.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';

const header = '{"heddleTrace":1,"locks":{"L":{"kind":"spin"}}}';

interface Read {
  readonly names: TraceNames;
  readonly events: readonly TraceEvent[];
  readonly format: TraceFormat;
}

function read(lines: readonly string[], format?: TraceFormat): Read {
  const names = new TraceNames();
  const events: TraceEvent[] = [];
  const sink = { event: (event: TraceEvent): void => void events.push({ ...event }) };
  return { names, events, format: readLines('t', lines, format, names, sink) };
}

function refuses(lines: readonly string[], message: RegExp): void {
  assert.throws(() => read(lines), { message });
}

describe('heddle-trace', () => {
  test('says of a bad line which it is, what is wrong and what would be right', () => {
    const after = (line: string, message: RegExp): void => refuses([header, line], message);
    after(
      '{"op":"aquire","agent":"A","lock":"L"}',
      /^t:2: `op` is "aquire": did you mean "acquire"/,
    );
    after('{"op":"acquire","lock":"L"}', /^t:2: `agent` is missing/);
    after('{"op":"acquire","agent":"A"}', /^t:2: `lock` is missing/);
    after('{"op":"acquire","agent":7,"lock":"L"}', /^t:2: `agent` is 7; expected a text/);
    after('{"op":"acquire","agent":"A","lock":"L","mode":"reed"}', /"reed": did you mean "read"/);
    after('{"op":"acquire","agent":"A","lock":"L","try":1}', /`try` is 1; expected true or false/);
    after('{"op":"acquire","agent":"A","lock":"L","subclass":8}', /from 0 to 7/);
    after('{"op":"irq-enter","agent":"A"}', /`context` is missing/);
    after('{"op":"fork","agent":"A","other":"A"}', /`other` is the agent itself/);
    after('{"op":"read","agent":"A","word":"x","size":-1}', /`size` is -1/);
    after('{"op":"read"', /^t:2: .* is no JSON/);
    after('[]', /^t:2: \[\] is no object/);
  });

  test('says of a bad header what is wrong', () => {
    refuses(['{"op":"read"}'], /^t:1: the first line must be the header/);
    refuses(['{"heddleTrace":2}'], /^t:1: `heddleTrace` is 2; this reads version 1/);
    refuses(['{"heddleTrace":1,"locks":[]}'], /`locks` is \[\]/);
    refuses(['{"heddleTrace":1,"locks":{"L":{"kind":"spim"}}}'], /did you mean "spin"/);
    refuses([], /^t:1: the trace is empty/);
  });

  test('creates what the header does not name, and keeps what it does not know', () => {
    const { names, events } = read([header, '{"op":"acquire","agent":"A","lock":"M","more":1}']);
    assert.deepEqual(
      names.locks.map(({ id, kind }) => `${id} ${kind}`),
      ['L spin', 'M mutex'],
    );
    assert.deepEqual(events[0]!.extra, { more: 1 });
  });

  test('is written as it was read', () => {
    const lines = [
      '{"op":"acquire","agent":"A","lock":"L","mode":"read","try":true,"at":"f:1","t":5}',
      '{"op":"write","agent":"A","word":"x","marked":true,"offset":4,"size":4,"value":7}',
      '{"op":"irq-enter","agent":"A","context":"hardirq","threaded":true}',
      '{"op":"assert-exclusive-writer","agent":"A","word":"x","scope":"begin"}',
      '{"op":"fork","agent":"A","other":"B"}',
      '{"op":"enter","agent":"A","name":"f"}',
    ];
    const { names, events } = read([header, ...lines]);
    const written = [headerLine(names, 'test'), ...events.map((event) => eventLine(event, names))];
    const again = read(written);
    const plain = (list: readonly TraceEvent[]): unknown => JSON.parse(JSON.stringify(list));
    assert.deepEqual(plain(again.events), plain(events));
    for (const [index, line] of lines.entries()) {
      const expected = JSON.parse(line) as Record<string, unknown>;
      assert.deepEqual(JSON.parse(written[index + 1]!), expected);
    }
  });
});

describe('STD', () => {
  test('reads threads with and without T, comments and aliases', () => {
    const { events, names, format } = read(['# head', '', '1|acq(L)|1', 'T1|wr(x)|2', 'T1|br|3']);
    assert.equal(format, 'std');
    assert.equal(events.length, 3);
    assert.deepEqual(names.agents.texts, ['T1']);
  });

  test('says of a bad line which it is and what is wrong', () => {
    refuses(['T1|acq(L)|1', 'T1|aqc(L)|1'], /^t:2: "aqc" is no operation: did you mean "acq"/);
    refuses(['T1|acq(L)'], /^t:1: .* has 2 of 3 parts/);
    refuses(['T1|acq(L)|x'], /^t:1: location "x" is no whole number/);
    refuses(['T1|acq|1'], /^t:1: `acq` needs an operand, as acq\(x\)/);
    refuses(['T1|fork(T1)|1'], /names the thread itself/);
    refuses(['# nothing'], /^t:1: the trace is empty/);
  });

  test('a wait that holds its lock gives it up until the next event of its thread', () => {
    const { events } = read([
      'T1|acq(L)|1',
      'T1|wait(L)|2',
      'T2|acq(L)|3',
      'T2|rel(L)|4',
      'T1|rel(L)|5',
    ]);
    assert.deepEqual(
      events.map(({ op, agent }) => `${agent}:${op}`),
      ['0:0', '0:3', '0:31', '1:0', '1:3', '0:0', '0:3'],
    );
  });

  test('an acquire logged while another holds the lock counts from the next event on', () => {
    const early = ['T2|acq(L)|1', 'T1|acq(L)|2', 'T2|rel(L)|3', 'T2|acq(L)|4'];
    const { events } = read([...early, 'T1|r(x)|5', 'T1|rel(L)|6', 'T2|r(x)|7', 'T2|rel(L)|8']);
    assert.deepEqual(
      events.map(({ op, agent, line }) => `${agent}:${op} ${line}`),
      ['0:0 1', '0:3 3', '1:0 2', '1:7 5', '1:3 6', '0:0 4', '0:7 7', '0:3 8'],
    );
  });

  test('a lock taken again by a thread that goes on is re-entrant', () => {
    const { events } = read(['T1|acq(L)|1', 'T1|acq(L)|2', 'T1|rel(L)|3', 'T1|rel(L)|4']);
    assert.deepEqual(
      events.map(({ op }) => op),
      [0, 30, 30, 3],
    );
  });
});

describe('ftrace text', () => {
  const line = (event: string): string => `  bash-12    [001] d..1.   100.000001: ${event}`;

  test('reads the trace file and trace-cmd report, with try and read', () => {
    const { events, names, format } = read([
      '# tracer: nop',
      line('lock_acquire: 00000000aa try read &a->lock'),
      '            bash-12    [001]   100.000002: lock_release:         0xaa &a->lock',
      line('sched_switch: whatever it says'),
    ]);
    assert.equal(format, 'ftrace');
    const acquire = events.find(({ op }) => op === 0)!;
    assert.equal(acquire.tried, true);
    assert.equal(acquire.mode, 1);
    assert.deepEqual(names.agents.texts, ['bash-12']);
    assert.equal(names.locks[0]!.class, '&a->lock');
  });

  test('tells lost events, and says of a bad line which it is', () => {
    const { events } = read([line('lock_acquire: 0xaa a'), 'CPU:1 [LOST 12 EVENTS]']);
    assert.equal(events.at(-1)!.op, 34);
    refuses([line('lock_acquire: 0xaa a'), 'what is this'], /^t:2: "what is this" is no ftrace/);
    refuses([line('lock_acquire: 0xaa')], /^t:1: "0xaa" names no lock/);
  });
});
