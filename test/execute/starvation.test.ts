import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import {
  attempt,
  pause,
  progress,
  retry,
  type Arena,
  type Mutex,
  type RwLock,
  type RwSemaphore,
  type Step,
} from '../../src/program/index.ts';
import { findingText } from '../../src/report/finding-text.ts';
import { explore } from '../../src/schedule/explore.ts';
import { recordFinding } from '../../src/schedule/finding-collector.ts';
import type { FindingRecord } from '../../src/schedule/finding-record.ts';
import { DepthFirst } from '../../src/schedule/strategies/dfs.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import { makeTicketLock, ticketLock, ticketUnlock } from '../../src/kernel/ticket-lock.ts';
import { sampleProgram } from './sample-programs.ts';

const layOut = (arena: Arena) => ({
  lock: arena.mutex('lock'),
  other: arena.mutex('other'),
  x: arena.word('x'),
  flag: arena.word('flag'),
  queue: makeTicketLock(arena, 'queue'),
});
type World = ReturnType<typeof layOut>;

/** Tries until it has the lock; each turn has a step more than the try and the sleep. */
function* takeByTry({ x }: World, lock: Mutex): Step {
  for (;;) {
    yield* attempt();
    if (yield* lock.tryAcquire()) return;
    yield* x.load();
    yield* retry(1);
  }
}

/** One agent that tries for a lock once, and one that takes it again and again. */
function overtaken(options: { fair?: boolean; times?: number; marks?: boolean } = {}): Program {
  const { fair = false, times = Infinity, marks = true } = options;
  return sampleProgram<World>({
    setup: layOut,
    stepsMax: 40,
    agents: {
      *late(world) {
        if (fair) yield* ticketLock(world.queue);
        yield* takeByTry(world, world.lock);
        yield* world.lock.release();
        if (fair) yield* ticketUnlock(world.queue);
      },
      *busy({ lock, queue, x }) {
        for (let time = 0; time < times; time++) {
          if (fair) yield* ticketLock(queue);
          yield* lock.acquire();
          yield* lock.release();
          if (fair) yield* ticketUnlock(queue);
          yield* x.load();
          yield* x.load();
          yield* x.load();
          if (marks) yield* progress();
        }
      },
    },
  });
}

async function found(program: Program, strategy: Strategy, executions = 100) {
  const exploration = await explore(program, { strategy, seed: 1, executions, seconds: 20 });
  return exploration.findings;
}

const titles = (records: readonly FindingRecord[]): string[] =>
  records.map(({ finding }) => finding.title).sort();

const pct = (): Strategy => new Pct({ seed: 1, depth: 3 });
const strategies: Readonly<Record<string, () => Strategy>> = {
  pct,
  dfs: () => new DepthFirst({ preemptions: 2 }),
};
const starves = 'starvation: late never gets lock, while others get on for ever';

describe('an agent that never gets what others take again and again', () => {
  for (const [name, strategy] of Object.entries(strategies)) {
    test(`is told by ${name} where nobody remembers who came first`, async () => {
      assert.deepEqual(titles(await found(overtaken(), strategy())), [starves]);
    });

    test(`is not told by ${name} where agents queue`, async () => {
      assert.deepEqual(titles(await found(overtaken({ fair: true }), strategy(), 30)), []);
    });

    test(`is not told by ${name} where the others come to an end`, async () => {
      assert.deepEqual(titles(await found(overtaken({ times: 40 }), strategy(), 30)), []);
    });
  }

  test('is told with who it is, and replays to the same, byte for byte', async () => {
    const program = overtaken();
    const [record] = await found(program, pct());
    const text = findingText(record!);
    assert.match(text, /late +tries, and fails, to get lock/);
    assert.match(text, /Hint: The last \d+ steps are a round .* in it busy gets on\./);
    const again = recordFinding(program, record!.steps, record!.finding.key, record!.origin)!;
    assert.deepEqual(again.steps, record!.steps);
    assert.equal(again.fingerprint, record!.fingerprint);
  });

  test('is told as a livelock where nobody says that it gets on', async () => {
    const records = await found(overtaken({ marks: false }), pct());
    assert.ok(records.length > 0);
    for (const title of titles(records)) assert.match(title, /^livelock: /);
  });

  test('is not told where the others wait for it, and do not sleep', async () => {
    const program = sampleProgram<World>({
      setup: layOut,
      stepsMax: 40,
      agents: {
        *late(world) {
          yield* takeByTry(world, world.lock);
          yield* world.flag.store(1);
          yield* world.lock.release();
        },
        *busy({ lock, flag, x }) {
          for (let time = 0; time < 4; time++) {
            yield* lock.acquire();
            yield* lock.release();
          }
          while ((yield* flag.load()) === 0) yield* x.exchange(0);
        },
      },
    });
    // Turned away, and then let alone with a lock that is free.
    const strategy = new DepthFirst({ preemptions: 1 });
    assert.deepEqual(titles(await found(program, strategy)), []);
  });

  test('is not told where what it wants is never given back', async () => {
    const program = sampleProgram<World>({
      setup: layOut,
      stepsMax: 40,
      agents: {
        *holder({ lock, flag }) {
          yield* lock.acquire();
          yield* flag.waitUntil(1);
        },
        *late({ lock }) {
          while (!(yield* lock.tryAcquire())) yield* pause();
          yield* lock.release();
        },
        *busy({ other }) {
          for (;;) {
            yield* other.acquire();
            yield* other.release();
            yield* progress();
          }
        },
      },
    });
    assert.deepEqual(titles(await found(program, pct())), []);
  });

  test('is not told where it is let in, if late', async () => {
    const program = sampleProgram<World>({
      setup: layOut,
      stepsMax: 40,
      agents: {
        *late(world) {
          for (;;) {
            yield* takeByTry(world, world.lock);
            yield* world.flag.store(1);
            yield* world.lock.release();
            yield* world.flag.waitUntil(0);
          }
        },
        *busy({ lock, flag, x }) {
          for (;;) {
            yield* lock.acquire();
            yield* lock.release();
            yield* flag.waitUntil(1);
            yield* lock.acquire();
            yield* flag.store(0);
            for (let look = 0; look < 8; look++) yield* x.load();
            yield* lock.release();
            for (let look = 0; look < 8; look++) yield* x.load();
            yield* progress();
          }
        },
      },
    });
    assert.deepEqual(titles(await found(program, pct())), []);
  });
});

describe('a writer among readers who are never all out', () => {
  function readers(make: (arena: Arena) => RwLock | RwSemaphore): Program {
    const reader = function* (lock: RwLock | RwSemaphore): Step {
      for (;;) {
        yield* lock.acquireRead();
        yield* lock.releaseRead();
        yield* progress();
      }
    };
    return sampleProgram({
      setup: make,
      stepsMax: 40,
      agents: {
        *late(lock) {
          yield* lock.acquireWrite();
          yield* lock.releaseWrite();
        },
        reader1: reader,
        reader2: reader,
      },
    });
  }

  test('is told where a waiting writer does not stop readers', async () => {
    const records = await found(
      readers((arena) => arena.rwLock('lock')),
      pct(),
    );
    assert.deepEqual(titles(records), [starves]);
    assert.match(findingText(records[0]!), /late +waits all the time for lock/);
  });

  test('is not told where it does', async () => {
    const semaphore = readers((arena) => arena.rwSemaphore('lock'));
    assert.deepEqual(titles(await found(semaphore, pct())), []);
  });
});

describe('an agent that goes on for ever and says so', () => {
  test('is no livelock, and is one without saying it', async () => {
    const loop = (marks: boolean): Program =>
      sampleProgram<World>({
        setup: layOut,
        stepsMax: 40,
        agents: {
          *busy({ x }) {
            for (;;) {
              yield* x.load();
              if (marks) yield* progress();
            }
          },
        },
      });
    assert.deepEqual(titles(await found(loop(true), pct(), 1)), []);
    assert.deepEqual(titles(await found(loop(false), pct(), 1)), [
      'livelock: busy goes round for ever',
    ]);
  });
});
