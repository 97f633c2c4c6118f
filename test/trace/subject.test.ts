import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../src/program/index.ts';
import { Subject } from '../../src/trace/subject.ts';

function subject(): Subject {
  const arena = new Arena(2);
  arena.word('x');
  arena.mutex('one', { class: 'device' });
  arena.mutex('two', { class: 'device' });
  arena.region('block', (within) => within.word('inner'));
  arena.seal();
  return Subject.of(['a', 'b'], arena);
}

test('a subject names what there is, and says what is no object', () => {
  const known = subject();
  const one = known.named('one');
  assert.equal(known.name(one), 'one');
  assert.equal(known.className(one), 'device');
  assert.equal(known.name(one + 1), `word ${one + 1}`);
  assert.equal(known.name(0), 'time');
  assert.equal(known.named('three'), -1);
  assert.equal(known.agentCount, 2);
});

test('locks of one class have one class number, and others another', () => {
  const known = subject();
  const classOf = (name: string): number => known.classes[known.named(name)]!;
  assert.equal(classOf('one'), classOf('two'));
  assert.notEqual(classOf('one'), classOf('x'));
  assert.equal(known.classNames[classOf('one')], 'device');
});

test('regions are told from what lies in them', () => {
  assert.deepEqual(
    subject()
      .regions()
      .map(({ name }) => name),
    ['block'],
  );
});
