import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Analysis } from '../../src/check/analysis/analysis.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import {
  assertNoneHeld,
  sleep,
  UserError,
  type Arena,
  type Operation,
  type SectionRules,
  type Step,
} from '../../src/program/index.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import { eventLine, headerLine } from '../../src/trace/format/jsonl-writer.ts';
import { readLines } from '../../src/trace/format/read-trace.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { LiveTrace } from '../../src/trace/live-trace.ts';
import { sampleProgram, type Sample } from '../execute/sample-programs.ts';

/** What one execution shows, live and by its trace, which must say the same: titles of findings. */
function shown<World>(sample: Sample<World>): string[] {
  const program = sampleProgram(sample);
  const nothing = new Int32Array(0);
  const order = { agents: nothing, kinds: nothing, objects: nothing };
  const coroutines = new Coroutines(program);
  const kinds = ['lock-rule-broken', 'unguarded-access', 'assertion-failed'];
  const live: string[] = [];
  const names = new TraceNames();
  const lines: string[] = [];
  const trace = new LiveTrace(program.subject, names, {
    event: (event) => void lines.push(eventLine(event, names)),
  });
  const checks = coroutines.checks!;
  const event = checks.event.bind(checks);
  checks.event = (...fields) => {
    event(...fields);
    trace.event(...fields);
  };
  coroutines.runAll(new Replay(order, program.subject), 0, () => {
    for (const { kind, title } of checks.findings) if (kinds.includes(kind)) live.push(title);
    return true;
  });
  const analysis = new Analysis('t', new TraceNames(), { checks: ['rules'], statistics: false });
  readLines('t', [headerLine(names, 's'), ...lines], 'jsonl', analysis.state.names, analysis);
  const traced = analysis.end().map(({ finding }) => finding.title);
  const plain = (text: string): string =>
    text
      .replace(/ms$/, 'ns')
      .replace(/more than (\d+) ns/, 'so long')
      .replace(/\d+000000 ns/, '');
  assert.deepEqual(traced.map(plain).sort(), live.map(plain).sort(), lines.join('\n'));
  return live;
}

const lay = (rules: SectionRules, declare?: (arena: Arena) => void) => (arena: Arena) => {
  const world = {
    a: arena.mutex('a'),
    b: arena.rwSemaphore('b'),
    x: arena.word('x'),
    f: arena.section('f', rules),
  };
  declare?.(arena);
  return world;
};
type World = ReturnType<ReturnType<typeof lay>>;

const nothing = function* (): Step<void> {};

/** An operation as the body of a section. */
const just = (make: () => Operation<unknown>) =>
  function* (): Step<void> {
    yield* make();
  };

function one(rules: SectionRules, body: (world: World) => Step<void>): string[] {
  const agent = function* (world: World): Step<void> {
    yield* body(world);
  };
  return shown({ setup: lay(rules), agents: { one: agent } });
}

describe('sections', () => {
  test('what is required is held, in whatever mode', () => {
    const rules = { requires: ['a', 'b'] };
    const right = function* ({ a, b, f }: World): Step<void> {
      yield* a.acquire();
      yield* b.acquireRead();
      yield* f.run(nothing);
      yield* b.releaseRead();
      yield* a.release();
    };
    assert.deepEqual(one(rules, right), []);
    const wrong = function* ({ a, f }: World): Step<void> {
      yield* a.acquire();
      yield* f.run(nothing);
      yield* a.release();
    };
    assert.deepEqual(one(rules, wrong), ['f is entered without b, which it requires']);
  });

  test('what is excluded is not held', () => {
    const inside = function* ({ a, f }: World): Step<void> {
      yield* a.hold(() => f.run(nothing));
    };
    assert.deepEqual(one({ excludes: 'b' }, inside), []);
    assert.deepEqual(one({ excludes: 'a' }, inside), [
      'f is entered with a held, which it excludes',
    ]);
  });

  test('where nothing may be held nothing is', () => {
    const rules = { noneHeld: true };
    const inside = ({ a, f }: World): Step<void> => a.hold(() => f.run(nothing));
    assert.deepEqual(one(rules, inside), ['f is entered with locks held, where none may be']);
    assert.deepEqual(
      one(rules, ({ a, f }) => f.run(() => a.hold(nothing))),
      [],
    );
    const assertion = ({ a }: World): Step<void> => a.hold(just(() => assertNoneHeld()));
    assert.deepEqual(one({}, assertion), ['assertion failed: no lock is held']);
    const after = function* ({ a }: World): Step<void> {
      yield* a.hold(nothing);
      yield* assertNoneHeld();
    };
    assert.deepEqual(one({}, after), []);
  });

  test('what is pinned is not given back before the end of the section', () => {
    const rules = { pinned: 'a' };
    const inside = ({ a, b, f }: World): Step<void> =>
      a.hold(() =>
        f.run(function* () {
          yield* b.acquireRead();
          yield* b.releaseRead();
        }),
      );
    assert.deepEqual(one(rules, inside), []);
    const drops = function* ({ a, f }: World): Step<void> {
      yield* a.acquire();
      yield* f.run(just(() => a.release()));
    };
    assert.deepEqual(one(rules, drops), ['pinned lock released: a, within f']);
  });

  test('names that are no locks are refused', () => {
    assert.throws(
      () => one({ requires: 'c' }, ({ a }) => a.hold(nothing)),
      (error: unknown) =>
        error instanceof UserError && /section "f": `requires` names "c"/.test(error.message),
    );
  });
});

describe('levels and times of locks', () => {
  test('locks with levels are taken from the least level up', () => {
    const levels = lay({}, (arena) => {
      arena.level('a', 1);
      arena.level('b', 2);
    });
    const up = function* ({ a, b }: World): Step<void> {
      yield* a.acquire();
      yield* b.acquireRead();
      yield* b.releaseRead();
      yield* a.release();
    };
    assert.deepEqual(shown({ setup: levels, agents: { up } }), []);
    const down = function* ({ a, b }: World): Step<void> {
      yield* b.acquireRead();
      yield* a.acquire();
      yield* a.release();
      yield* b.releaseRead();
    };
    assert.deepEqual(shown({ setup: levels, agents: { down } }), [
      'declared level broken: a (level 1) is acquired under b (level 2)',
    ]);
  });

  const limited = lay({}, (arena) => arena.heldAtMost('a', 10));
  const sleeps = (ms: number) =>
    function* ({ a }: World): Step<void> {
      yield* sleep(50);
      yield* a.hold(just(() => sleep(ms)));
      yield* sleep(50);
    };
  const late = ['held too long: a, for more than 10 ms'];

  test('what sleeps under a lock holds it as long', () => {
    assert.deepEqual(shown({ setup: limited, agents: { one: sleeps(10) } }), []);
    assert.deepEqual(shown({ setup: limited, agents: { one: sleeps(11) } }), late);
  });

  test('who waits under a lock for one who sleeps holds it as long; sleeps overlap', () => {
    const waits = function* ({ a, x }: World): Step<void> {
      yield* a.hold(just(() => x.waitUntil(1)));
    };
    const sets = (ms: number) =>
      function* ({ x }: World): Step<void> {
        yield* sleep(ms);
        yield* x.store(1);
      };
    const both = (ms: number): string[] =>
      shown({ setup: limited, agents: { waits, sets: sets(ms) } });
    assert.deepEqual(both(10), []);
    assert.deepEqual(both(11), late);
    const twice = { one: sleeps(8), other: sleepsIn };
    assert.deepEqual(shown({ setup: limited, agents: twice }), []);
  });
});

function* sleepsIn({ b }: World): Step<void> {
  yield* b.acquireRead();
  yield* sleep(8);
  yield* b.releaseRead();
}
