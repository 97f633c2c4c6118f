import type { Program } from '../../src/execute/program.ts';
import type { Mutex, Step, Word } from '../../src/program/index.ts';
import { agentsOf, sampleProgram } from '../../test/execute/sample-programs.ts';

/** Slots of the hash table, and values that an agent inserts. */
const slots = 128;
const inserts = 4;

/** Agent t inserts m * 11 + t, m = 1..4, into a hash table with linear probing, a lock a slot. */
export function indexer(n: number): Program {
  interface World {
    readonly locks: readonly Mutex[];
    readonly table: readonly Word[];
  }
  return sampleProgram<World>({
    setup: (arena) => ({
      locks: Array.from({ length: slots }, (_, i) => arena.mutex(`lock${i}`)),
      table: Array.from({ length: slots }, (_, i) => arena.word(`slot${i}`)),
    }),
    agents: agentsOf(
      'agent',
      n,
      (index) =>
        function* ({ locks, table }) {
          for (let m = 1; m <= inserts; m++) {
            const value = m * 11 + index;
            let at = (value * 7) % slots;
            while (!(yield* inserted(locks[at]!, table[at]!, value))) at = (at + 1) % slots;
          }
        },
    ),
  });
}

function* inserted(lock: Mutex, slot: Word, value: number): Step<boolean> {
  yield* lock.acquire();
  const free = (yield* slot.read()) === 0;
  if (free) yield* slot.write(value);
  yield* lock.release();
  return free;
}

const inodes = 32;
const blocks = 26;
const attempts = 10;

/** Agent t looks for a free block for inode t, under the locks of both. */
export function filesystem(n: number): Program {
  interface World {
    readonly inodeLocks: readonly Mutex[];
    readonly inode: readonly Word[];
    readonly blockLocks: readonly Mutex[];
    readonly busy: readonly Word[];
  }
  return sampleProgram<World>({
    setup: (arena) => ({
      inodeLocks: Array.from({ length: inodes }, (_, i) => arena.mutex(`inode_lock${i}`)),
      inode: Array.from({ length: inodes }, (_, i) => arena.word(`inode${i}`)),
      blockLocks: Array.from({ length: blocks }, (_, i) => arena.mutex(`block_lock${i}`)),
      busy: Array.from({ length: blocks }, (_, i) => arena.word(`busy${i}`)),
    }),
    agents: agentsOf(
      'agent',
      n,
      (index) =>
        function* ({ inodeLocks, inode, blockLocks, busy }) {
          const i = index % inodes;
          yield* inodeLocks[i]!.acquire();
          if ((yield* inode[i]!.read()) === 0) {
            let b = (i * 2) % blocks;
            for (let attempt = 0; attempt < attempts; attempt++) {
              yield* blockLocks[b]!.acquire();
              const free = (yield* busy[b]!.read()) === 0;
              if (free) {
                yield* busy[b]!.write(1);
                yield* inode[i]!.write(b + 1);
              }
              yield* blockLocks[b]!.release();
              if (free) break;
              b = (b + 1) % blocks;
            }
          }
          yield* inodeLocks[i]!.release();
        },
    ),
  });
}

/** SCTBench's CS.circular_buffer with n rounds: one inserts, one removes, when it is their turn. */
export function circularBuffer(n: number): Program {
  interface World {
    readonly lock: Mutex;
    readonly send: Word;
    readonly receive: Word;
    readonly slot: Word;
  }
  return sampleProgram<World>({
    setup: (arena) => ({
      lock: arena.mutex('lock'),
      send: arena.word('send', 1),
      receive: arena.word('receive'),
      slot: arena.word('slot'),
    }),
    agents: {
      *producer({ lock, send, receive, slot }) {
        for (let round = 0; round < n; round++) {
          yield* lock.acquire();
          if ((yield* send.read()) === 1) {
            yield* slot.write(round);
            yield* send.write(0);
            yield* receive.write(1);
          }
          yield* lock.release();
        }
      },
      *consumer({ lock, send, receive, slot }) {
        for (let round = 0; round < n; round++) {
          yield* lock.acquire();
          if ((yield* receive.read()) === 1) {
            yield* slot.read();
            yield* receive.write(0);
            yield* send.write(1);
          }
          yield* lock.release();
        }
      },
    },
  });
}

/** Three pairs of agents over x, y and one lock; n is how often the first pair stores to y. */
export function exponentialBug(n: number): Program {
  interface World {
    readonly lock: Mutex;
    readonly x: Word;
    readonly y: Word;
  }
  const twice = 2;
  return sampleProgram<World>({
    setup: (arena) => ({ lock: arena.mutex('lock'), x: arena.word('x'), y: arena.word('y') }),
    agents: {
      *first({ lock, x, y }) {
        for (let round = 0; round < twice; round++) {
          yield* lock.acquire();
          yield* x.store(1);
          for (let i = 0; i < n; i++) yield* y.store(1);
          yield* lock.release();
        }
      },
      *second({ lock, x, y }) {
        for (let round = 0; round < twice; round++) {
          yield* lock.acquire();
          yield* x.store(0);
          yield* lock.release();
          if ((yield* x.load()) > 0) {
            yield* y.store((yield* y.load()) + 1);
            yield* x.store(2);
          }
        }
      },
      *third({ x, y }) {
        for (let round = 0; round < twice; round++) {
          if ((yield* x.load()) <= 1) continue;
          if ((yield* y.load()) === 3) return;
          yield* y.store(2);
        }
      },
    },
  });
}

/** As abba(n), with the second lock only tried for. */
export function abbaByTry(n: number): Program {
  return sampleProgram<Mutex[]>({
    setup: (arena) => Array.from({ length: n }, (_, i) => arena.mutex(`lock${i}`)),
    agents: agentsOf(
      'agent',
      n,
      (index) =>
        function* (locks) {
          const second = locks[(index + 1) % n]!;
          yield* locks[index]!.acquire();
          if (yield* second.tryAcquire()) yield* second.release();
          yield* locks[index]!.release();
        },
    ),
  });
}
