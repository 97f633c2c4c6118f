import { isMainThread } from 'node:worker_threads';
import {
  scenario,
  type Arena,
  type Mutex,
  type Scenario,
  type Word,
} from '../../../src/program/index.ts';

interface World {
  readonly lock: Mutex;
  readonly x: Word;
}

/** Agents whose threads are lost, each in a form of its own; harmless on the main thread. */
const failing: Scenario<World> = scenario<World>({
  name: 'failing',
  summary: 'how a thread can be lost',
  source: 'test',
  setup: (arena: Arena) => ({ lock: arena.mutex('lock'), x: arena.word('x') }),
  agents: {
    *hungry({ x }) {
      yield* x.add(1);
      const kept: number[][] = [];
      while (!isMainThread) kept.push(new Array<number>(100_000).fill(kept.length));
    },
    *busy({ lock }) {
      yield* lock.acquire();
      while (!isMainThread);
      yield* lock.release();
    },
    *leaver({ lock }) {
      yield* lock.acquire();
      if (!isMainThread) process.exit(3);
      yield* lock.release();
    },
    *other({ lock, x }) {
      yield* lock.acquire();
      yield* x.add(1);
      yield* lock.release();
    },
  },
  forms: {
    hungry: { summary: 'out of memory', agents: ['hungry', 'other'] },
    busy: { summary: 'no further operation', agents: ['busy', 'other'] },
    leaver: { summary: 'ends its thread', agents: ['leaver', 'other'] },
    dies: { summary: 'killed by injection', agents: ['other', 'other'] },
  },
});

export default failing;
