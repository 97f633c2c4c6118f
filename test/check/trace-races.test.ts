import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Random } from '../../src/execute/random.ts';
import { analysed, trace } from './analysed.ts';

function kinds(events: string, locks: object = {}): readonly string[] {
  return analysed(trace(events, locks), 'jsonl', ['races']).kinds;
}

interface Step {
  readonly agent: string;
  readonly op: string;
  readonly object: string;
}

/** Words with a pair that SHB leaves unordered, by its definition and without any cleverness. */
function schedulablyRacing(steps: readonly Step[]): string[] {
  const before: Set<number>[] = [];
  const racing = new Set<string>();
  const accesses = ['read', 'write'];
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
    if (accesses.includes(step.op)) {
      for (const [other, { agent, op, object }] of earlier.entries()) {
        if (agent === step.agent || object !== step.object || !accesses.includes(op)) continue;
        if (op === 'read' && step.op === 'read') continue;
        if (!own.has(other)) racing.add(step.object);
      }
    }
    // What a read sees is before all that follows it.
    const write = earlier.findLastIndex(
      ({ op, object }) => op === 'write' && object === step.object,
    );
    if (step.op === 'read' && write !== -1) after(write);
    before.push(own);
  }
  return [...racing].sort();
}

function randomSteps(random: Random): Step[] {
  const steps: Step[] = [];
  const holders = new Map<string, string>();
  for (let at = 0; at < 24; at++) {
    const agent = `A${random.below(3)}`;
    const lock = `L${random.below(2)}`;
    const holder = holders.get(lock);
    const kind = random.below(4);
    if (kind === 0 && holder === undefined) {
      holders.set(lock, agent);
      steps.push({ agent, op: 'acquire', object: lock });
    } else if (kind === 1 && holder !== undefined) {
      holders.delete(lock);
      steps.push({ agent: holder, op: 'release', object: lock });
    } else {
      const op = random.below(2) === 0 ? 'read' : 'write';
      steps.push({ agent, op, object: `x${random.below(3)}` });
    }
  }
  return steps;
}

describe('data races in a trace', () => {
  test('words that race are those of the definition of SHB', () => {
    const random = new Random();
    let races = 0;
    for (let round = 0; round < 2000; round++) {
      random.seed(11, round);
      const steps = randomSteps(random);
      const text = steps.map(({ agent, op, object }) => `${agent}.${op}.${object}`).join(' ');
      const { analysis, findings } = analysed(trace(text), 'jsonl', ['races']);
      const words = findings.flatMap(({ finding }) =>
        finding.level === 'happened' ? finding.words : [],
      );
      const racing = [...new Set(words)].map((word) => analysis.state.names.words.texts[word]!);
      const truth = schedulablyRacing(steps);
      assert.deepEqual(racing.sort(), truth, text);
      races += truth.length;
    }
    assert.ok(races > 1000, `${races} races`);
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
