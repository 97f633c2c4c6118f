import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { observed } from './observed-run.ts';
import { doing, race, read, setup, two, write, type Do } from './race-agents.ts';

describe('what failed orders nothing:', () => {
  // a writes inside of the lock; b fails to get it meanwhile and reads all the same.
  const tries: readonly { name: string; take: Do; attempt: Do; give: Do }[] = [
    {
      name: 'a trylock',
      take: ({ m }) => m.acquire(),
      attempt: ({ m }) => m.tryAcquire(),
      give: ({ m }) => m.release(),
    },
    {
      name: 'a reader by try',
      take: ({ rw }) => rw.acquireWrite(),
      attempt: ({ rw }) => rw.tryAcquireRead(),
      give: ({ rw }) => rw.releaseWrite(),
    },
    {
      name: 'a writer by try',
      take: ({ sem }) => sem.acquireRead(),
      attempt: ({ sem }) => sem.tryAcquireWrite(),
      give: ({ sem }) => sem.releaseRead(),
    },
  ];
  for (const { name, take, attempt, give } of tries) {
    test(name, () => {
      // The write was released once before: had the try got the lock, it would be ordered.
      const lines = two([take, write, give, take, give], [attempt, read], 'a a a a b');
      assert.deepEqual(lines, race('writes', 'reads'));
    });
  }

  test('a compareExchange that fails reads, but publishes nothing', () => {
    const agents = {
      a: doing(write, ({ flag }) => flag.compareExchange(7, 8)),
      b: doing(({ flag }) => flag.load(), read),
    };
    assert.deepEqual(observed({ setup, agents }), race('writes', 'reads'));
  });

  test('a reference that is not active', () => {
    const lines = two(
      [({ active }) => active.drain(), write],
      [({ active }) => active.tryAcquire(), read],
    );
    assert.deepEqual(lines, race('writes', 'reads'));
  });
});
