import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check, type Arena, type Operation, type Step } from '../../src/program/index.ts';
import { observed, observedInAll } from './observed-run.ts';

const setup = (arena: Arena) => ({
  m: arena.mutex('m'),
  rw: arena.rwSemaphore('rw'),
  x: arena.word('x'),
});
type World = ReturnType<typeof setup>;
type Do = (world: World) => Operation<unknown>;

/** What one agent that does these operations shows. */
const one = (...operations: readonly Do[]): string[] =>
  observed<World>({
    setup,
    agents: {
      *a(world): Step<void> {
        for (const operation of operations) yield* operation(world);
      },
    },
  });

const take: Do = ({ m }) => m.acquire();
const give: Do = ({ m }) => m.release();
const readIn: Do = ({ rw }) => rw.acquireRead();
const readOut: Do = ({ rw }) => rw.releaseRead();
const writeIn: Do = ({ rw }) => rw.acquireWrite();
const writeOut: Do = ({ rw }) => rw.releaseWrite();

describe('an assertion about a lock', () => {
  const cases: readonly {
    name: string;
    asserts: Do;
    object: string;
    fine: Do[][];
    broken: Do[][];
  }[] = [
    {
      name: 'assertHeld of a mutex',
      asserts: ({ m }) => m.assertHeld(),
      object: 'm',
      fine: [[take]],
      broken: [[], [take, give], [writeIn]],
    },
    {
      name: 'assertNotHeld of a mutex',
      asserts: ({ m }) => m.assertNotHeld(),
      object: 'm',
      fine: [[], [take, give], [writeIn]],
      broken: [[take]],
    },
    {
      name: 'assertHeld of a reader/writer lock',
      asserts: ({ rw }) => rw.assertHeld(),
      object: 'rw',
      fine: [[readIn], [writeIn], [writeIn, ({ rw }) => rw.downgrade()]],
      broken: [[], [readIn, readOut], [take]],
    },
    {
      name: 'assertHeldWrite',
      asserts: ({ rw }) => rw.assertHeldWrite(),
      object: 'rw',
      fine: [[writeIn]],
      broken: [[], [readIn], [writeIn, ({ rw }) => rw.downgrade()]],
    },
    {
      name: 'assertHeldRead',
      asserts: ({ rw }) => rw.assertHeldRead(),
      object: 'rw',
      fine: [[readIn], [writeIn, ({ rw }) => rw.downgrade()]],
      broken: [[], [writeIn]],
    },
    {
      name: 'assertNotHeld of a reader/writer lock',
      asserts: ({ rw }) => rw.assertNotHeld(),
      object: 'rw',
      fine: [[], [writeIn, writeOut]],
      broken: [[readIn], [writeIn]],
    },
  ];
  const asserted = (lines: readonly string[]): string[] =>
    lines.filter((line) => line.startsWith('assertion-failed'));

  for (const { name, asserts, object, fine, broken } of cases) {
    test(`${name} is silent where it holds`, () => {
      for (const before of fine) assert.deepEqual(asserted(one(...before, asserts)), []);
    });

    test(`${name} is a finding where it does not`, () => {
      for (const before of broken) {
        const found = asserted(one(...before, asserts));
        assert.equal(found.length, 1);
        assert.match(found[0]!, new RegExp(`^assertion-failed happened: a asserts ${object}\\b`));
      }
    });
  }

  test("asks about the agent's own hold, not another one's", () => {
    const lines = observed<World>(
      {
        setup,
        agents: {
          *holder({ m, x }) {
            yield* m.acquire();
            yield* x.load();
            yield* m.release();
          },
          *other({ m, x }) {
            yield* x.load();
            yield* m.assertHeld();
          },
        },
      },
      'holder other holder holder',
    );
    assert.deepEqual(lines, ['assertion-failed happened: other asserts m']);
  });

  test('does not end the agent', () => {
    const lines = one(({ m }) => m.assertHeld(), take);
    assert.equal(lines.length, 2);
    assert.match(lines[1]!, /^lock-held-at-exit/);
  });

  test('costs no step', () => {
    const sample = (asserts: boolean) => ({
      setup,
      agents: {
        *a({ m, x }: World): Step<void> {
          yield* m.acquire();
          if (asserts) yield* m.assertHeld();
          yield* x.write(1);
          yield* m.release();
        },
      },
    });
    assert.deepEqual(observed(sample(true), 'a a a'), []);
    assert.throws(() => observed(sample(true), 'a a a a'), /diverges|has ended/);
  });
});

describe('an agent that fails', () => {
  test('a check that does not hold is the finding, with its own words', () => {
    const lines = observed<World>({
      setup,
      agents: {
        *a({ m, x }) {
          yield* m.acquire();
          check((yield* x.read()) === 1, 'x is one');
          yield* m.release();
        },
      },
    });
    assert.deepEqual(lines, ['assertion-failed happened: a fails holding m']);
  });

  test('an exception is a finding that names the agent and the exception', () => {
    const lines = observed<World>({
      setup,
      agents: {
        *a({ x }) {
          yield* x.load();
          throw new RangeError('too far');
        },
      },
    });
    assert.deepEqual(lines, ['agent-failed happened "agent a failed: too far": a fails']);
  });

  test('ends the execution: what another one would do after it is not seen', () => {
    const lines = observed<World>(
      {
        setup,
        agents: {
          *a({ x }) {
            yield* x.load();
            throw new Error('no');
          },
          *b({ m, x }) {
            yield* x.load();
            yield* m.release();
          },
        },
      },
      'a',
    );
    assert.deepEqual(lines, ['agent-failed happened "agent a failed: no": a fails']);
  });

  test('before its first operation is found too', () => {
    const lines = observed<World>({
      setup,
      agents: {
        // oxlint-disable-next-line require-yield
        *a() {
          throw new Error('at once');
        },
      },
    });
    assert.deepEqual(lines, ['agent-failed happened "agent a failed: at once": a fails']);
  });
});

describe('an invariant', () => {
  const sample = (when: 'step' | 'end', limit: number) => ({
    setup,
    agents: {
      *a({ x }: World): Step<void> {
        yield* x.add(1);
        yield* x.add(-1);
      },
      *b({ x }: World): Step<void> {
        yield* x.add(1);
        yield* x.add(-1);
      },
    },
    invariants: [{ name: 'x is small', when, holds: ({ x }: World) => x.peek() <= limit }],
  });

  test('of every step is checked between two steps', () => {
    assert.deepEqual(observed(sample('step', 1), 'a b'), [
      'invariant-violated happened "invariant violated: x is small"',
    ]);
    assert.deepEqual(observed(sample('step', 1), 'a a b b'), []);
    assert.deepEqual(observedInAll(sample('step', 2)), []);
  });

  test('of the end is checked only there', () => {
    assert.deepEqual(observedInAll(sample('end', 0)), []);
    assert.deepEqual(observed(sample('end', -1)), [
      'invariant-violated happened "invariant violated: x is small"',
    ]);
  });

  test('of the end is not checked of an execution that did not come to its end', () => {
    const lines = observed<World>({
      setup,
      agents: {
        *a({ x }) {
          yield* x.waitUntil(1);
        },
      },
      invariants: [{ name: 'never', when: 'end', holds: () => false }],
    });
    assert.deepEqual(lines, ['deadlock happened: a waits for x']);
  });
});
