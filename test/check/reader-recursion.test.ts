import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Arena, PercpuRwSemaphore, RwLock, RwSemaphore } from '../../src/program/index.ts';
import { observed } from './observed-run.ts';

describe('a lock that is read under and asked for again', () => {
  type OneLock = Readonly<{ lock: RwLock | RwSemaphore | PercpuRwSemaphore }>;
  const lines = (kind: 'rwLock' | 'rwSemaphore' | 'percpuRwSemaphore'): string[] =>
    observed({
      setup: (arena: Arena): OneLock => ({ lock: arena[kind]('lock') }),
      agents: {
        *a({ lock }: OneLock) {
          yield* lock.acquireRead();
          yield* lock.acquireRead();
          yield* lock.releaseRead();
          yield* lock.releaseRead();
        },
      },
    });

  test('is reported where readers queue behind writers, though no writer is there', () => {
    const report = ['recursive-locking possible: a acquires lock(r) from lock(r) holding lock(r)'];
    assert.deepEqual(lines('rwSemaphore'), report);
    assert.deepEqual(lines('percpuRwSemaphore'), report);
  });

  test('is not reported where readers overtake', () => {
    assert.deepEqual(lines('rwLock'), []);
  });

  test('is the deadlock alone where the first is held for writing', () => {
    const own = observed({
      setup: (arena: Arena) => ({ lock: arena.rwSemaphore('lock') }),
      agents: {
        *a({ lock }: { lock: RwSemaphore }) {
          yield* lock.acquireWrite();
          yield* lock.acquireRead();
        },
      },
    });
    assert.deepEqual(own, ['deadlock happened: a waits for lock(r) holding lock']);
  });
});
