import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed, trace } from './analysed.ts';

function kinds(events: string, locks: object = {}): readonly string[] {
  return analysed(trace(events, locks)).kinds;
}

describe('locks, words and agents against their rules', () => {
  test('giving back what is not held is told, also where another holds it', () => {
    assert.deepEqual(kinds('A.release.L'), ['bad-unlock happened']);
    assert.deepEqual(kinds('A.acquire.L B.release.L A.release.L'), ['bad-unlock happened']);
    assert.deepEqual(kinds('A.acquire.L A.release.L'), []);
  });

  test('two agents inside of a lock are no trace', () => {
    assert.throws(
      () => kinds('A.acquire.L B.acquire.L'),
      /trace:3: B acquires L, which A holds since line 2; expected a release before it/,
    );
    assert.throws(() => kinds('A.acquire.L,mode=read B.acquire.L'), /trace:3/);
    const shared = 'A.acquire.L,mode=read B.acquire.L,mode=read A.release.L B.release.L';
    assert.deepEqual(kinds(shared), []);
    const seq = { L: { kind: 'seqlock' } };
    const reader = 'A.acquire.L,mode=recursive-read B.acquire.L B.release.L A.release.L';
    assert.deepEqual(kinds(reader, seq), []);
    assert.throws(() => kinds('A.acquire.L B.acquire.L', seq), /trace:3/);
    const map = { L: { kind: 'map' } };
    assert.deepEqual(kinds('A.acquire.L B.acquire.L A.release.L B.release.L', map), []);
  });

  test('a held lock that is freed or initialised again is told', () => {
    assert.deepEqual(kinds('A.acquire.L B.free.L'), ['held-lock-freed happened']);
    assert.deepEqual(kinds('A.acquire.L A.init.L'), ['held-lock-reinitialised happened']);
    assert.deepEqual(kinds('A.acquire.L A.release.L A.init.L A.free.L'), []);
  });

  test('an agent that ends with a lock is told, the end of the trace is no end', () => {
    assert.deepEqual(kinds('A.acquire.L A.agent-exit'), ['lock-held-at-exit happened']);
    assert.deepEqual(kinds('A.acquire.L'), []);
  });

  test('a downgrade leaves readers in, and is for writers only', () => {
    const rw = { L: { kind: 'rwsem' } };
    const down = 'A.acquire.L A.downgrade.L B.acquire.L,mode=read B.release.L A.release.L';
    assert.deepEqual(kinds(down, rw), []);
    assert.deepEqual(kinds('A.downgrade.L', rw), ['bad-unlock happened']);
    const shared = 'A.acquire.L,mode=read A.downgrade.L A.release.L';
    assert.deepEqual(kinds(shared, rw), ['lock-misuse happened']);
  });

  test('assertions hold as they say', () => {
    const rw = { L: { kind: 'rwsem' } };
    const held = (mode: string, assertion: string): readonly string[] =>
      kinds(`A.acquire.L,mode=${mode} A.${assertion} A.release.L`, rw);
    const fails = ['assertion-failed happened'];
    assert.deepEqual(held('read', 'assert-held.L'), []);
    assert.deepEqual(held('read', 'assert-held.L,mode=write'), fails);
    assert.deepEqual(held('recursive-read', 'assert-held.L,mode=read'), []);
    assert.deepEqual(held('write', 'assert-held.L,mode=read'), fails);
    assert.deepEqual(held('write', 'assert-not-held.L'), fails);
    assert.deepEqual(held('write', 'assert-not-held.L,mode=read'), []);
    assert.deepEqual(kinds('A.assert-held.L'), fails);
    assert.deepEqual(kinds('A.acquire.L B.assert-held.L A.release.L'), fails);
  });

  test('a word is not touched while its memory is gone', () => {
    assert.deepEqual(kinds('A.write.x A.retire.x A.read.x'), ['use-after-remove happened']);
    assert.deepEqual(kinds('A.retire.x A.retire.x'), ['use-after-remove happened']);
    assert.deepEqual(kinds('A.write.x A.retire.x A.revive.x A.read.x'), []);
    const gone = { words: { x: { retired: true } } };
    const from = (events: string): readonly string[] =>
      analysed(trace(events, {}, {}, gone), 'jsonl', ['lifetime']).kinds;
    assert.deepEqual(from('A.read.x'), ['use-after-remove happened']);
    assert.deepEqual(from('A.revive.x A.read.x'), []);
    assert.deepEqual(from('A.read.y'), []);
  });

  test('a ring of agents that wait is a deadlock, one that somebody can open is none', () => {
    const ring = 'A.acquire.L B.acquire.M A.wait.M B.wait.L';
    const deadlocks = (events: string, locks: object = {}): readonly string[] =>
      analysed(trace(events, locks), 'jsonl', ['deadlocks']).kinds;
    assert.deepEqual(deadlocks(ring), ['deadlock happened']);
    assert.deepEqual(deadlocks('A.acquire.L B.acquire.M A.wait.M B.acquire.N'), []);
    // A reader waits behind the writer who waits for it.
    const rw = { L: { kind: 'rwsem' } };
    const queued = 'A.acquire.L,mode=read B.wait.L A.wait.L,mode=read';
    assert.deepEqual(deadlocks(queued, rw), ['deadlock happened']);
    const overtaking = 'A.acquire.L,mode=read B.wait.L A.wait.L,mode=recursive-read';
    assert.deepEqual(deadlocks(overtaking, rw), []);
  });

  test('who awaits a completion is stuck only when nobody can move', () => {
    const locks = { C: { kind: 'completion' } };
    const held = 'A.acquire.L B.wait.L A.wait.C';
    const stuck = analysed(trace(held, locks), 'jsonl', ['deadlocks']);
    assert.equal(stuck.kinds.length, 1);
    const open = analysed(trace(`${held} D.note,text=n`, locks), 'jsonl', ['deadlocks']);
    assert.deepEqual(open.kinds, []);
  });

  const told = (events: string, locks: object = {}): string[] =>
    analysed(trace(events, locks), 'jsonl', ['deadlocks']).findings.map(
      ({ finding }) => finding.title,
    );

  test('who waits for the end of one who waits for it is stuck with it', () => {
    const joins = 'A.fork.B A.acquire.L B.wait.L A.wait-join.B';
    assert.deepEqual(told(joins), ['deadlock: 2 waiting for L, the end of B']);
    assert.deepEqual(told('A.fork.B A.acquire.L A.wait-join.B'), []);
    assert.deepEqual(told('A.fork.B A.acquire.L A.wait-join.B B.agent-exit'), []);
    assert.deepEqual(told(`${joins} B.note,text=n A.release.L`), []);
    assert.deepEqual(told('A.wait-join.B B.wait-join.C C.wait-join.A'), [
      'deadlock: 3 waiting for the end of A, the end of B, the end of C',
    ]);
  });

  test('a reference that is drained by who keeps it in use is a deadlock', () => {
    const locks = { R: { kind: 'active_ref' } };
    const removal = 'A.acquire.R,mode=recursive-read B.acquire.L B.wait.R';
    assert.deepEqual(told(removal, locks), []);
    assert.deepEqual(told(`${removal} A.wait.L`, locks), ['deadlock: 2 waiting for L, R']);
  });

  test('of all who are stuck the smallest set is told, the others behind it', () => {
    // A, B and C are a ring; A and D are a smaller one, as D reads R, too.
    const rw = { R: { kind: 'rwsem' } };
    const events =
      'B.acquire.R,mode=read D.acquire.R,mode=read A.acquire.L C.acquire.M ' +
      'A.wait.R B.wait.M C.wait.L D.wait.L E.wait.M';
    const { findings } = analysed(trace(events, rw), 'jsonl', ['deadlocks']);
    assert.equal(findings.length, 1);
    assert.deepEqual(findings[0]!.finding.agents.length, 2);
    const text = findings[0]!.finding.text.join('\n');
    assert.match(text, /A waits for R \(line 6\); in its way: B and D/);
    assert.match(text, /cannot move either:\nB waits for M .*\nC waits for L .*\nE waits for M/);
  });

  test('a lock whose holder has ended, and two rings that do not touch, are told each', () => {
    assert.deepEqual(told('A.acquire.L A.agent-exit B.wait.L C.wait.L'), [
      'deadlock: 1 waiting for L',
    ]);
    const rings =
      'A.acquire.L B.acquire.M A.wait.M B.wait.L C.acquire.N D.acquire.O C.wait.O D.wait.N';
    assert.equal(told(rings).length, 2);
  });
});
