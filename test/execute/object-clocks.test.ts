import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AgentAt, agentLine, makeControl } from '../../src/execute/threads/control.ts';
import { ObjectClocks } from '../../src/execute/threads/object-clocks.ts';

const agents = 3;
const [object, other, line0, line1] = [0, 16, 32, 48] as const;

function clocks(numbering = true): { words: Int32Array; control: Int32Array; of: ObjectClocks[] } {
  const words = new Int32Array(new SharedArrayBuffer(256));
  const control = makeControl();
  const of = Array.from(
    { length: agents },
    (_, agent) => new ObjectClocks(words, control, agent, agents, numbering),
  );
  return { words, control, of };
}

describe('numbers by the clocks of agents and objects', () => {
  test('rise from one operation of an agent to the next', () => {
    const [one] = clocks().of;
    const numbers = [
      one!.own(),
      one!.step(object),
      one!.own(),
      one!.raise(other),
      one!.fence(object),
    ];
    assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
  });

  test('are above those on the same object before, and need not be above those on others', () => {
    const [one, two] = clocks().of;
    for (let count = 0; count < 9; count++) one!.step(object);
    assert.equal(two!.step(other), 1);
    assert.equal(two!.step(object), 10);
    assert.equal(one!.raise(other), 10);
    assert.equal(two!.raise(other), 11);
  });

  test('of a writer are above those of all readers, and of a reader above those of writers', () => {
    const [reader, writer, another] = clocks().of;
    for (let count = 0; count < 5; count++) reader!.stepBeside(line0, object);
    assert.equal(writer!.stepAfter(object, [line0, line1]), 6);
    assert.equal(reader!.stepBeside(line0, object), 7);
    assert.equal(another!.stepBeside(line1, object), 7, 'readers take no heed of each other');
  });

  test('of a fence are above all that is through, and below all that begins', () => {
    const [one, two, three] = clocks().of;
    for (let count = 0; count < 7; count++) one!.step(object);
    assert.equal(two!.fence(object), 8);
    assert.equal(three!.step(other), 9);
    assert.equal(three!.own(), 10);
    assert.equal(one!.fence(object), 11);
  });

  test('begin anew with each iteration', () => {
    const { of, words, control } = clocks();
    of[0]!.step(object);
    words.fill(0);
    control[agentLine(0) + AgentAt.clock] = 0;
    of[0]!.begin();
    assert.equal(of[0]!.step(object), 1);
  });

  test('are 0, and nothing is touched, where nobody wants them', () => {
    const { of, words, control } = clocks(false);
    const [one] = of;
    const all = [one!.own(), one!.step(object), one!.raise(object), one!.fence(object)];
    all.push(one!.stepBeside(line0, object), one!.stepAfter(object, [line0]));
    assert.deepEqual(all, [0, 0, 0, 0, 0, 0]);
    assert.ok(words.every((word) => word === 0));
    assert.ok(control.every((word) => word === 0));
  });
});
