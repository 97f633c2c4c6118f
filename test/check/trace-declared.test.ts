import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed, trace } from './analysed.ts';

const locks = {
  L: { kind: 'rwsem' },
  M: {},
  N: {},
  S: { kind: 'spin' },
  C1: { class: 'c' },
  C2: { class: 'c' },
};

function titles(events: string, rules: object): readonly string[] {
  const words = { x: { name: 'x' } };
  return analysed(trace(events, locks, {}, { words, rules })).findings.map(
    ({ finding }) => `${finding.kind}: ${finding.title}`,
  );
}

const held = (lock: string, inside: string): string =>
  `A.acquire.${lock} ${inside} A.release.${lock.split(',')[0]}`;

describe('rules that the header of a trace declares', () => {
  test('guards: writes need the lock for writing, reads in any mode', () => {
    const rules = { guards: { x: { guardedBy: 'L' } } };
    assert.deepEqual(titles(held('L', 'A.write.x A.read.x'), rules), []);
    assert.deepEqual(titles(held('L,mode=read', 'A.read.x'), rules), []);
    assert.deepEqual(titles(held('L,mode=read', 'A.write.x'), rules), [
      'unguarded-access: unguarded access: x is written without L held for writing',
    ]);
    assert.deepEqual(titles('A.read.x', rules), [
      'unguarded-access: unguarded access: x is read without L',
    ]);
    const either = { guards: { x: { writesNeed: ['M', 'N'], readsNeed: ['M', 'N'] } } };
    assert.deepEqual(titles(held('M', 'A.read.x'), either), []);
    assert.equal(titles(held('M', 'A.rmw.x'), either).length, 1);
    assert.deepEqual(titles(held('M', held('N', 'A.rmw.x')), either), []);
    assert.equal(titles('A.read.x', either).length, 1);
    const ofClass = { guards: { x: { guardedBy: 'c' } } };
    assert.deepEqual(titles(held('C2', 'A.write.x'), ofClass), []);
  });

  test('guards: memory that was brought back is spared until another agent touches it', () => {
    const rules = { guards: { x: { guardedBy: 'L' } } };
    const back = 'A.retire.x A.retire.y A.revive.x A.revive.y A.write.x';
    assert.deepEqual(titles(back, rules), []);
    const broken = titles(`${back} B.write.x`, rules);
    assert.ok(broken.some((title) => title.startsWith('unguarded-access')));
    const touched = titles(`${back} B.read.y A.write.x`, rules);
    assert.ok(touched.some((title) => title.startsWith('unguarded-access')));
  });

  test('order: over any number of declarations, and not for a try', () => {
    const rules = {
      order: [
        ['L', 'M'],
        ['M', 'N'],
      ],
    };
    assert.deepEqual(titles(held('L', held('N', '')), rules), []);
    assert.deepEqual(titles(held('N', held('L', '')), rules), [
      'lock-rule-broken: declared order broken: L is acquired under N',
    ]);
    assert.deepEqual(titles(held('N', held('L,try=true', '')), rules), []);
  });

  test('levels: from the least up', () => {
    const rules = { level: { L: 1, M: 2, c: 2 } };
    assert.deepEqual(titles(held('L', held('M', '')), rules), []);
    assert.deepEqual(titles(held('L', held('N', '')), rules), []);
    const broken = 'lock-rule-broken: declared level broken';
    assert.deepEqual(titles(held('M', held('L', '')), rules), [
      `${broken}: L (level 1) is acquired under M (level 2)`,
    ]);
    assert.deepEqual(titles(held('M', held('C1', '')), rules), [
      `${broken}: c (level 2) is acquired under M (level 2)`,
    ]);
  });

  test('leaf: nothing is taken under it, not even by a try', () => {
    const rules = { leaf: ['M'] };
    assert.deepEqual(titles(held('L', held('M', '')), rules), []);
    assert.deepEqual(titles(held('M', held('N,try=true', '')), rules), [
      'lock-rule-broken: declared leaf broken: N is acquired under M',
    ]);
  });

  test('mayNotWait: no sleeping lock, no completion, no other agent', () => {
    const rules = { mayNotWait: ['S'] };
    assert.deepEqual(titles(held('S', held('M,try=true', '')), rules), []);
    assert.deepEqual(titles(held('M', held('S', '')), rules), []);
    const broken = 'lock-rule-broken: waiting is not allowed under S: an agent may wait for';
    assert.deepEqual(titles(held('S', held('M', '')), rules), [`${broken} M`]);
    assert.deepEqual(titles(held('S', 'A.await.N'), rules), [`${broken} N`]);
    assert.deepEqual(titles(held('S', 'A.join.B'), rules), [`${broken} B`]);
  });

  test('heldAtMost: from the acquisition to the release', () => {
    const rules = { heldAtMost: { M: 100 } };
    const timed = (from: number, to: number): string => `A.acquire.M,t=${from} A.release.M,t=${to}`;
    assert.deepEqual(titles(timed(0, 100), rules), []);
    assert.deepEqual(titles(timed(0, 101), rules), [
      'lock-rule-broken: held too long: M, for more than 100 ns',
    ]);
    assert.deepEqual(titles(held('M', ''), rules), []);
  });

  test('sections: what a function requires, excludes and pins', () => {
    const section = (rule: object): object => ({ sections: { f: rule } });
    const call = 'A.enter.f A.exit';
    const broken = 'lock-rule-broken: f is entered';
    assert.deepEqual(titles(held('M', call), section({ requires: 'M' })), []);
    assert.deepEqual(titles(call, section({ requires: 'M' })), [
      `${broken} without M, which it requires`,
    ]);
    assert.deepEqual(titles(call, section({ excludes: ['M', 'N'] })), []);
    assert.deepEqual(titles(held('N', call), section({ excludes: ['M', 'N'] })), [
      `${broken} with N held, which it excludes`,
    ]);
    assert.deepEqual(titles(call, section({ noneHeld: true })), []);
    assert.deepEqual(titles(held('N', call), section({ noneHeld: true })), [
      `${broken} with locks held, where none may be`,
    ]);
    const pinned = section({ pinned: 'M' });
    assert.deepEqual(titles(held('M', call), pinned), []);
    assert.deepEqual(titles('A.acquire.M A.enter.f A.release.M A.exit', pinned), [
      'lock-rule-broken: pinned lock released: M, within f',
    ]);
    assert.deepEqual(titles(call, pinned), [`${broken} without M, which it requires`]);
  });

  test('a wrong rule is refused with what would be right', () => {
    const refused = (rules: unknown, text: RegExp): void => {
      assert.throws(() => titles('A.read.x', rules as object), text);
    };
    refused({ leaf: ['Q'] }, /^BadLineError: trace:1: `rules` name "Q", which is no lock/);
    refused({ guards: { y: {} } }, /`rules.guards` names "y", which is no word/);
    refused({ leafs: [] }, /`rules`: `leafs` is no field here: did you mean "leaf"/);
    refused({ level: { M: 'high' } }, /`level.M`: expected a number/);
    refused(7, /trace:1: `rules`/);
  });
});
