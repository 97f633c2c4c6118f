import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Arena, UserError } from '../../src/program/index.ts';

/** One of everything. */
function layOut(arena: Arena): Record<string, { name: string }> {
  const { inside } = arena.region('block', (within) => ({
    inner: within.word('inner', 7),
    innerLock: within.mutex('innerLock'),
  }));
  return {
    word: arena.word('word', -1),
    mutex: arena.mutex('mutex'),
    spin: arena.spinLock('spin'),
    rwLock: arena.rwLock('rwLock'),
    rwSemaphore: arena.rwSemaphore('rwSemaphore'),
    percpu: arena.percpuRwSemaphore('percpu'),
    completion: arena.completion('completion'),
    active: arena.activeRef('active', { active: true }),
    ...inside,
  };
}

function refused(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  }
  return 'accepted';
}

describe('an arena', () => {
  test('lays out the same objects at the same places each time', () => {
    const layout = (): string => {
      const arena = new Arena(3);
      layOut(arena);
      return JSON.stringify(arena.objects);
    };
    assert.equal(layout(), layout());
  });

  test('lays no object over another one, whatever the number of agents', () => {
    for (const agents of [1, 2, 7, 31]) {
      const arena = new Arena(agents);
      layOut(arena);
      arena.seal();
      const owners = new Map<number, string>();
      for (const { name, base, size } of arena.objects) {
        assert.ok(base > 0 && base + size <= arena.memory.length);
        if (name === 'block') continue;
        for (let word = base; word < base + size; word++) {
          assert.equal(owners.get(word), undefined, `${name} and ${owners.get(word)}`);
          owners.set(word, name);
        }
      }
    }
  });

  test('keeps what lies in a region inside of it, and nothing else', () => {
    const arena = new Arena(2);
    layOut(arena);
    const block = arena.objects.find(({ name }) => name === 'block')!;
    const inside = arena.objects.filter(
      ({ base, name }) => name !== 'block' && base >= block.base && base < block.base + block.size,
    );
    assert.deepEqual(
      inside.map(({ name }) => name),
      ['inner', 'innerLock'],
    );
  });

  test('starts with the values that it was laid out with, and goes back to them', () => {
    const arena = new Arena(2);
    const word = arena.word('word', 5);
    const large = arena.word('large', 0x80000000);
    arena.seal();
    assert.equal(word.peek(), 5);
    assert.equal(large.peek(), -0x80000000, 'a word has 32 bits and a sign');
    arena.memory.fill(9);
    arena.reset();
    assert.equal(word.peek(), 5);
    assert.deepEqual([...arena.memory], [...arena.copyOfFirstContents()]);
  });

  test('attached to memory that is laid out leaves its contents as they are', () => {
    const make = (): Arena => {
      const arena = new Arena(2);
      arena.word('word', 5);
      return arena;
    };
    const first = make();
    first.seal();
    first.memory[1] = 8;
    const second = make();
    second.seal(first.memory.buffer as SharedArrayBuffer);
    assert.equal(second.memory[1], 8);
    second.memory[1] = 9;
    assert.equal(first.memory[1], 9);
  });

  test('refuses two objects of one name', () => {
    const arena = new Arena(1);
    arena.word('x');
    assert.equal(
      refused(() => arena.mutex('x')),
      'two objects of the arena are named "x"',
    );
  });

  test('refuses an allocation after the set-up', () => {
    const arena = new Arena(1);
    arena.seal();
    assert.equal(
      refused(() => arena.word('late')),
      '"late" is allocated too late: a scenario allocates in its set-up only',
    );
  });

  test('refuses memory of another size: the set-up is not deterministic', () => {
    const arena = new Arena(1);
    arena.word('x');
    assert.equal(
      refused(() => arena.seal(new SharedArrayBuffer(64))),
      "the scenario's set-up is not deterministic: " +
        'it laid out 8 bytes here and 64 bytes elsewhere',
    );
  });

  test('refuses a number of agents that it has no room for', () => {
    for (const count of [0, -1, 32, 1.5, Number.NaN]) {
      assert.equal(
        refused(() => new Arena(count)),
        `a scenario has 1 to 31 agents, not ${count}`,
      );
    }
    assert.equal(
      refused(() => new Arena(31)),
      'accepted',
    );
  });

  test('knows an object by its place, and its class, which is its name if none is given', () => {
    const arena = new Arena(1);
    arena.mutex('one', { class: 'device' });
    arena.mutex('two');
    const [one, two] = arena.objects;
    assert.equal(one!.lockClass, 'device');
    assert.equal(two!.lockClass, 'two');
    assert.equal(arena.recordAt(two!.base), two);
    assert.equal(arena.recordAt(0), undefined);
  });
});
