import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attempt, retry, type Arena, type Completion, type Word } from '../../src/program/index.ts';
import { observed, observedInAll } from './observed-run.ts';

describe('a wait that nobody is left to end is a deadlock', () => {
  test('of a completion', () => {
    const lines = observed({
      setup: (arena: Arena) => ({ done: arena.completion('done') }),
      agents: {
        *a({ done }) {
          yield* done.wait();
        },
      },
    });
    assert.deepEqual(lines, ['deadlock happened: a waits for done']);
  });

  test('of a completion that was given once and is waited for twice', () => {
    const sample = (all: boolean) => ({
      setup: (arena: Arena) => ({ done: arena.completion('done') }),
      agents: {
        *a({ done }: { done: Completion }) {
          yield* done.wait();
        },
        *b({ done }: { done: Completion }) {
          yield* done.wait();
        },
        *c({ done }: { done: Completion }) {
          yield* all ? done.completeAll() : done.complete();
        },
      },
    });
    assert.deepEqual(observed(sample(false), 'c a'), ['deadlock happened: b waits for done']);
    assert.deepEqual(observedInAll(sample(true)), []);
  });

  test('of a word', () => {
    const sample = {
      setup: (arena: Arena) => ({ flag: arena.word('flag') }),
      agents: {
        *a({ flag }: { flag: Word }) {
          yield* flag.waitUntil(1);
        },
        *b({ flag }: { flag: Word }) {
          yield* flag.store(1);
          yield* flag.store(0);
        },
      },
    };
    assert.deepEqual(observed(sample, 'b b'), ['deadlock happened: a waits for flag']);
    assert.deepEqual(observed(sample, 'b a'), []);
  });

  test('of a lock whose holder has ended', () => {
    const lines = observed(
      {
        setup: (arena: Arena) => ({ one: arena.mutex('one') }),
        agents: {
          *a({ one }) {
            yield* one.acquire();
          },
          *b({ one }) {
            yield* one.acquire();
            yield* one.release();
          },
        },
      },
      'a',
    );
    assert.deepEqual(lines, [
      'deadlock happened: b waits for one',
      'lock-held-at-exit happened: a ends with one holding one',
    ]);
  });

  test('of a change that a retry loop waits for', () => {
    const setup = (arena: Arena) => ({ m: arena.mutex('m'), done: arena.completion('done') });
    type World = ReturnType<typeof setup>;
    const agents = {
      *a({ m, done }: World) {
        yield* m.acquire();
        yield* done.wait();
        yield* m.release();
      },
      *b({ m, done }: World) {
        for (;;) {
          yield* attempt();
          if (yield* m.tryAcquire()) break;
          yield* retry(5);
        }
        yield* done.complete();
        yield* m.release();
      },
    };
    assert.deepEqual(observed({ setup, agents }, 'a b'), [
      'deadlock happened: a waits for done holding m; ' +
        'b retries, until something that it read changes',
    ]);
  });

  test('but not the wait of a retry loop for a lock that is given back', () => {
    const setup = (arena: Arena) => ({ m: arena.mutex('m') });
    type World = ReturnType<typeof setup>;
    const lines = observedInAll({
      setup,
      agents: {
        *a({ m }: World) {
          yield* m.acquire();
          yield* m.release();
        },
        *b({ m }: World) {
          for (;;) {
            yield* attempt();
            if (yield* m.tryAcquire()) break;
            yield* retry(5);
          }
          yield* m.release();
        },
      },
    });
    assert.deepEqual(lines, []);
  });
});
