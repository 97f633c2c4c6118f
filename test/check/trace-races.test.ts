import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AnalysisFindings } from '../../src/check/analysis/analysis-finding.ts';
import { RaceChecker } from '../../src/check/analysis/races/race-checker.ts';
import { TraceState } from '../../src/check/analysis/trace-state.ts';
import { Random } from '../../src/execute/random.ts';
import { readLines } from '../../src/trace/format/read-trace.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { analysed, trace } from './analysed.ts';

function kinds(events: string, locks: object = {}): readonly string[] {
  return analysed(trace(events, locks), 'jsonl', ['races']).kinds;
}

interface Step {
  readonly agent: string;
  readonly op: string;
  readonly object: string;
  /** Of an access: its bytes, from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
  readonly marked: boolean;
}

const accesses = ['read', 'write', 'rmw'];

function conflict(one: Step, other: Step): boolean {
  return (
    one.object === other.object &&
    (one.op !== 'read' || other.op !== 'read') &&
    !(one.marked && other.marked) &&
    one.start < other.end &&
    other.start < one.end
  );
}

/**
 * Words with a pair that SHB leaves unordered, by its definition and without any cleverness: byte
 * by byte, a marked read after the marked write that it sees, which is before the access; any read
 * after the write that it sees, which is before what follows the access.
 */
function schedulablyRacing(steps: readonly Step[]): string[] {
  const before: Set<number>[] = [];
  const racing = new Set<string>();
  for (const [index, step] of steps.entries()) {
    const own = new Set<number>();
    const after = (other: number): void => {
      own.add(other);
      for (const one of before[other]!) own.add(one);
    };
    const earlier = steps.slice(0, index);
    for (const [other, { agent, op, object }] of earlier.entries()) {
      const releases = op === 'release' && step.op === 'acquire' && object === step.object;
      if (agent === step.agent || releases) after(other);
    }
    const seen = step.op === 'read' || step.op === 'rmw' ? writesSeen(earlier, step) : [];
    for (const write of seen) if (step.marked && earlier[write]!.marked) after(write);
    for (const [other, one] of earlier.entries()) {
      if (!accesses.includes(one.op) || !accesses.includes(step.op)) continue;
      if (one.agent !== step.agent && conflict(one, step) && !own.has(other)) {
        racing.add(step.object);
      }
    }
    for (const write of seen) after(write);
    before.push(own);
  }
  return [...racing].sort();
}

/** Of each byte that is read, the last write. */
function writesSeen(earlier: readonly Step[], { object, start, end }: Step): number[] {
  const seen = new Set<number>();
  for (let byte = start; byte < end; byte++) {
    const write = earlier.findLastIndex(
      (one) =>
        (one.op === 'write' || one.op === 'rmw') &&
        one.object === object &&
        one.start <= byte &&
        byte < one.end,
    );
    if (write !== -1) seen.add(write);
  }
  return [...seen];
}

/** Bytes that random accesses touch. */
const ranges: readonly (readonly [number, number])[] = [
  [0, 4],
  [0, 8],
  [2, 6],
  [4, 8],
  [7, 8],
];

function randomSteps(random: Random, words: number): Step[] {
  const steps: Step[] = [];
  const holders = new Map<string, string>();
  for (let at = 0; at < 24; at++) {
    const agent = `A${random.below(3)}`;
    const lock = `L${random.below(2)}`;
    const holder = holders.get(lock);
    const kind = random.below(4);
    const rest = { start: 0, end: 0, marked: false };
    if (kind === 0 && holder === undefined) {
      holders.set(lock, agent);
      steps.push({ agent, op: 'acquire', object: lock, ...rest });
    } else if (kind === 1 && holder !== undefined) {
      holders.delete(lock);
      steps.push({ agent: holder, op: 'release', object: lock, ...rest });
    } else {
      const op = accesses[random.below(words === 3 ? 2 : 3)]!;
      const marked = op === 'rmw' || (words < 3 && random.below(2) === 0);
      const [start, end] = words === 3 ? ranges[1]! : ranges[random.below(ranges.length)]!;
      steps.push({ agent, op, object: `x${random.below(words)}`, start, end, marked });
    }
  }
  return steps;
}

/** Compares the words that race with the definition's, in random traces; how many there were. */
function compared(seed: number, rounds: number, words: number, copies?: number): number {
  const random = new Random();
  let races = 0;
  for (let round = 0; round < rounds; round++) {
    random.seed(seed, round);
    const steps = randomSteps(random, words);
    const text = steps
      .map(({ agent, op, object, start, end, marked }) =>
        end === 0
          ? `${agent}.${op}.${object}`
          : `${agent}.${op}.${object},offset=${start},size=${end - start},value=1` +
            (marked && op !== 'rmw' ? ',marked=true' : ''),
      )
      .join(' ');
    const names = new TraceNames();
    const state = new TraceState('trace', names);
    const findings = new AnalysisFindings();
    const checker = new RaceChecker(state, findings, copies);
    const sink = {
      event(event: TraceEvent): void {
        const agent = state.agent(event.agent);
        checker.before(event, agent);
        state.apply(event, agent);
      },
    };
    readLines('trace', trace(text), 'jsonl', names, sink);
    const found = findings.all().flatMap(({ finding }) => finding.words);
    const racing = [...new Set(found)].map((word) => names.words.texts[word]!);
    const truth = schedulablyRacing(steps);
    assert.deepEqual(racing.sort(), truth, text);
    races += truth.length;
  }
  return races;
}

describe('data races in a trace', () => {
  test('words that race are those of the definition of SHB', () => {
    assert.ok(compared(11, 2000, 3) > 1000);
  });

  test('so are those of marked accesses, read-modify-writes and parts of words', () => {
    assert.ok(compared(12, 2000, 2) > 1000);
  });

  test('and they stay so where copies of clocks are forgotten all the time', () => {
    assert.ok(compared(13, 1000, 2, 1) > 500);
  });

  test('an assertion is broken by the very read that learns of its agent', () => {
    assert.deepEqual(kinds('A.assert-exclusive-access.x A.write.x B.read.x').slice().sort(), [
      'data-race happened',
      'exclusive-access-violated happened',
    ]);
  });

  test('two plain writes race, two marked ones do not, a marked one races with a plain one', () => {
    assert.deepEqual(kinds('A.write.x B.write.x'), ['data-race happened']);
    assert.deepEqual(kinds('A.write.x,marked=true B.write.x,marked=true'), []);
    assert.deepEqual(kinds('A.write.x,marked=true B.write.x'), ['data-race happened']);
    assert.deepEqual(kinds('A.rmw.x,value=1 B.read.x,marked=true C.rmw.x,value=2'), []);
  });

  test('a marked read knows what the marked write that it sees knew, and no other', () => {
    const given = 'A.write.x A.write.flag,marked=true';
    assert.deepEqual(kinds(`${given} B.read.flag,marked=true B.read.x`), []);
    assert.deepEqual(kinds(`${given} C.write.flag,marked=true B.read.flag,marked=true B.read.x`), [
      'data-race happened',
    ]);
    assert.deepEqual(kinds(`${given} C.rmw.flag,value=2 B.read.flag,marked=true B.read.x`), []);
  });

  test('bytes race only where they overlap, and no bytes never do', () => {
    assert.deepEqual(kinds('A.write.s,size=4 B.write.s,offset=4,size=4'), []);
    assert.deepEqual(kinds('A.write.s,size=8 B.read.s,offset=7,size=1'), ['data-race happened']);
    assert.deepEqual(kinds('A.write.s,size=64 B.read.s,offset=24,size=0'), []);
    assert.deepEqual(kinds('A.write.s,size=4,marked=true B.read.s,offset=1,size=1'), [
      'data-race happened',
    ]);
    assert.deepEqual(
      kinds('A.write.s,offset=8,size=8 A.write.s,offset=0,size=4 B.read.s,offset=2,size=1'),
      ['data-race happened'],
    );
  });

  test('locks, forks, joins and completions order; readers and per-CPU locks do not', () => {
    assert.deepEqual(kinds('A.fork.B A.write.x'), []);
    assert.deepEqual(kinds('A.write.x A.fork.B B.read.x B.write.x A.join.B A.read.x'), []);
    assert.deepEqual(kinds('A.write.x A.complete.C B.await.C B.write.x'), []);
    const shared = 'acquire.L,mode=read';
    assert.deepEqual(kinds(`A.${shared} A.write.x A.release.L B.${shared} B.write.x B.release.L`), [
      'data-race happened',
    ]);
    const local = { L: { kind: 'local_lock' } };
    assert.deepEqual(
      kinds('A.acquire.L A.write.x A.release.L B.acquire.L B.write.x B.release.L', local),
      ['data-race happened'],
    );
  });

  test('an assertion of exclusiveness is broken by whoever is not ordered with it', () => {
    const broken = ['exclusive-access-violated happened'];
    assert.deepEqual(kinds('A.assert-exclusive-writer.x B.write.x,marked=true'), broken);
    assert.deepEqual(kinds('B.write.x,marked=true A.assert-exclusive-writer.x'), broken);
    assert.deepEqual(kinds('A.assert-exclusive-writer.x B.read.x,marked=true'), []);
    assert.deepEqual(kinds('A.assert-exclusive-access.x B.read.x,marked=true'), broken);
    assert.deepEqual(kinds('A.assert-exclusive-access.x A.fork.B B.write.x'), []);
    assert.deepEqual(kinds('A.assert-exclusive-access.x B.assert-exclusive-access.x'), broken);
    assert.deepEqual(kinds('A.assert-exclusive-writer.x B.assert-exclusive-writer.x'), []);
  });

  test('a scoped assertion holds until its end', () => {
    const begin = 'A.assert-exclusive-writer.x,scope=begin';
    const end = 'A.assert-exclusive-writer.x,scope=end';
    const broken = ['exclusive-access-violated happened'];
    // The fork orders the write after the beginning, not after the end.
    assert.deepEqual(kinds(`${begin} A.fork.B B.write.x ${end}`), broken);
    assert.deepEqual(kinds(`${begin} A.fork.B ${end} B.write.x`), broken);
    assert.deepEqual(kinds(`${begin} ${end} A.fork.B B.write.x`), []);
  });

  test('removing a word that may be accessed at the same time is told before it happens', () => {
    assert.deepEqual(kinds('A.read.x B.retire.x'), ['use-after-remove predicted']);
    assert.deepEqual(kinds('B.fork.A A.read.x B.join.A B.retire.x'), []);
  });

  test('the same race is one finding with a count', () => {
    const [finding] = analysed(trace('A.write.x B.write.x A.write.x B.write.x')).findings;
    assert.equal(finding!.count, 3);
  });
});
