import {
  pause,
  sleep,
  scenario,
  type Arena,
  type Completion,
  type Mutex,
  type RwSemaphore,
  type Scenario,
} from '../../../src/program/index.ts';

interface World {
  readonly lock: Mutex;
  readonly other: Mutex;
  readonly sem: RwSemaphore;
  readonly done: Completion;
}

/** Deadlocks of some agents while another goes on. */
const partial: Scenario<World> = scenario<World>({
  name: 'partial',
  summary: 'some are stuck, and one goes on',
  source: 'test',
  setup: (arena: Arena) => ({
    lock: arena.mutex('lock'),
    other: arena.mutex('other'),
    sem: arena.rwSemaphore('sem'),
    done: arena.completion('done'),
  }),
  agents: {
    *forwards({ lock, other }) {
      for (let round = 0; round < 40; round++) {
        yield* lock.acquire();
        yield* other.acquire();
        yield* other.release();
        yield* lock.release();
      }
    },
    *backwards({ lock, other }) {
      for (let round = 0; round < 40; round++) {
        yield* other.acquire();
        yield* lock.acquire();
        yield* lock.release();
        yield* other.release();
      }
    },
    // Reads twice: hangs when the writer queues in between.
    *reader({ sem }) {
      for (let round = 0; round < 40; round++) {
        yield* sem.acquireRead();
        yield* sem.acquireRead();
        yield* sem.releaseRead();
        yield* sem.releaseRead();
      }
    },
    *writer({ sem }) {
      for (let round = 0; round < 40; round++) {
        yield* sem.acquireWrite();
        yield* sem.releaseWrite();
      }
    },
    *joiner({ lock, done }) {
      yield* lock.acquire();
      yield* done.wait();
      yield* lock.release();
    },
    *joined({ lock, done }) {
      yield* pause();
      yield* lock.acquire();
      yield* lock.release();
      yield* done.complete();
    },
    *runner() {
      for (let round = 0; round < 200; round++) yield* sleep(1);
    },
  },
  forms: {
    locks: { summary: 'two orders', agents: ['forwards', 'backwards', 'runner'] },
    readers: { summary: 'a queued writer', agents: ['reader', 'writer', 'runner'] },
    join: { summary: 'a join under a lock', agents: ['joiner', 'joined'] },
  },
});

export default partial;
