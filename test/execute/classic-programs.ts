import type { Program } from '../../src/execute/program.ts';
import {
  check,
  forget,
  type AgentFunction,
  type Arena,
  type Word,
} from '../../src/program/index.ts';
import { agentsOf, sampleProgram } from './sample-programs.ts';

/**
 * n agents, k rounds each of lock, x++, unlock.
 *
 * @param forgets - whether agents say after a round that its values are done with
 */
export function counter(n: number, k: number, forgets = false): Program {
  const setup = (arena: Arena) => ({ lock: arena.mutex('lock'), x: arena.word('x') });
  return sampleProgram({
    setup,
    agents: agentsOf<ReturnType<typeof setup>>(
      'adder',
      n,
      () =>
        function* ({ lock, x }) {
          for (let round = 0; round < k; round++) {
            yield* lock.acquire();
            yield* x.write((yield* x.read()) + 1);
            yield* lock.release();
            if (forgets) yield* forget();
          }
        },
    ),
    invariants: [
      { name: 'every addition counts', when: 'end', holds: ({ x }) => x.peek() === n * k },
    ],
  });
}

/** Agent i takes lock i, then lock i + 1 (round the table); gated: all inside of one outer lock. */
export function abba(n: number, gated = false): Program {
  const setup = (arena: Arena) => ({
    gate: arena.mutex('gate'),
    locks: Array.from({ length: n }, (_, i) => arena.mutex(`lock${i}`)),
  });
  return sampleProgram({
    setup,
    agents: agentsOf<ReturnType<typeof setup>>(
      'taker',
      n,
      (i) =>
        function* ({ gate, locks }) {
          const first = locks[i]!;
          const second = locks[(i + 1) % n]!;
          if (gated) yield* gate.acquire();
          yield* first.acquire();
          yield* second.acquire();
          yield* second.release();
          yield* first.release();
          if (gated) yield* gate.release();
        },
    ),
  });
}

/** One writer of x, n readers. */
export function readers(n: number): Program {
  const setup = (arena: Arena) => ({ x: arena.word('x') });
  return sampleProgram({
    setup,
    agents: {
      *writer({ x }) {
        yield* x.store(42);
      },
      ...agentsOf<ReturnType<typeof setup>>(
        'reader',
        n,
        () =>
          function* ({ x }) {
            yield* x.load();
          },
      ),
    },
  });
}

/** A scan from a[n] down to a zero, while agent j does a[j] = a[j-1] + 1. */
export function lastzero(n: number): Program {
  const setup = (arena: Arena): Word[] =>
    Array.from({ length: n + 1 }, (_, i) => arena.word(`a${i}`));
  return sampleProgram({
    setup,
    agents: {
      *scanner(a) {
        let i = n;
        while ((yield* a[i]!.load()) !== 0) i--;
      },
      ...agentsOf<Word[]>(
        'writer',
        n,
        (index) =>
          function* (a) {
            yield* a[index + 1]!.store((yield* a[index]!.load()) + 1);
          },
      ),
    },
  });
}

/**
 * The locks of memory hotplug: U (sysfs) onlines what F (firmware) adds, R1 and R2 read, C takes
 * CPUs down. Fixed: U and F are inside of device_hotplug, which U takes by try.
 */
export function hotplug(fixed: boolean): Program {
  const setup = (arena: Arena) => ({
    visible: arena.word('visible'),
    state: arena.word('state'),
    bound: arena.word('bound'),
    device: arena.mutex('device'),
    deviceHotplug: arena.mutex('device_hotplug'),
    memHotplug: arena.rwLock('mem_hotplug'),
    cpuHotplug: arena.rwLock('cpu_hotplug'),
  });
  type World = ReturnType<typeof setup>;
  const reader: AgentFunction<World> = function* ({ memHotplug, state }) {
    yield* memHotplug.acquireRead();
    yield* state.read();
    yield* memHotplug.releaseRead();
  };
  return sampleProgram<World>({
    setup,
    agents: {
      *U({ visible, device, memHotplug, state, deviceHotplug }) {
        if (fixed && !(yield* deviceHotplug.tryAcquire())) return;
        if ((yield* visible.load()) !== 0) {
          yield* device.acquire();
          yield* memHotplug.acquireWrite();
          yield* state.write(1);
          yield* memHotplug.releaseWrite();
          yield* device.release();
        }
        if (fixed) yield* deviceHotplug.release();
      },
      *F({ visible, device, memHotplug, bound, deviceHotplug }) {
        if (fixed) yield* deviceHotplug.acquire();
        yield* memHotplug.acquireWrite();
        yield* visible.store(1);
        yield* device.acquire();
        yield* bound.write(1);
        yield* device.release();
        yield* memHotplug.releaseWrite();
        if (fixed) yield* deviceHotplug.release();
      },
      R1: reader,
      R2: reader,
      *C({ deviceHotplug, cpuHotplug }) {
        yield* deviceHotplug.acquire();
        yield* cpuHotplug.acquireWrite();
        yield* cpuHotplug.releaseWrite();
        yield* deviceHotplug.release();
      },
    },
  });
}

/**
 * SCTBench's CS.reorder_3: two agents set a = 1; b = -1, one checks that it sees both or neither.
 */
export function reorder3(): Program {
  const setup = (arena: Arena) => ({ a: arena.word('a'), b: arena.word('b') });
  return sampleProgram({
    setup,
    agents: {
      ...agentsOf<ReturnType<typeof setup>>(
        'setter',
        2,
        () =>
          function* ({ a, b }) {
            yield* a.store(1);
            yield* b.store(-1);
          },
      ),
      *checker({ a, b }) {
        const neither = (yield* a.load()) === 0 && (yield* b.load()) === 0;
        const both = neither || ((yield* a.load()) === 1 && (yield* b.load()) === -1);
        check(both, 'both or neither are set');
      },
    },
  });
}

/** SCTBench's CS.twostage: two words that belong together, each under a lock of its own. */
export function twostage(): Program {
  return sampleProgram({
    setup: (arena: Arena) => ({
      lock1: arena.mutex('lock1'),
      lock2: arena.mutex('lock2'),
      d1: arena.word('d1'),
      d2: arena.word('d2'),
    }),
    agents: {
      *writer({ lock1, lock2, d1, d2 }) {
        yield* lock1.acquire();
        yield* d1.write(1);
        yield* lock1.release();
        yield* lock2.acquire();
        yield* d2.write((yield* d1.read()) + 1);
        yield* lock2.release();
      },
      *reader({ lock1, lock2, d1, d2 }) {
        yield* lock1.acquire();
        const first = yield* d1.read();
        yield* lock1.release();
        if (first === 0) return;
        yield* lock2.acquire();
        const second = yield* d2.read();
        yield* lock2.release();
        check(second === first + 1, 'the second stage follows the first');
      },
    },
  });
}
