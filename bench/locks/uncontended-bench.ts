import {
  AgentTable,
  Completion,
  Condition,
  Mutex,
  Once,
  PercpuRwSemaphore,
  RwLock,
  RwSemaphore,
  Semaphore,
  SeqLock,
  SpinLock,
  type Agent,
} from '../../src/locks/index.ts';

const pairs = 100_000;
const turns = 15;

/** A way to take and release something so many times, in a loop of its own. */
type Way = readonly [name: string, run: () => void];

function rawWays(words: Int32Array): Way[] {
  return [
    [
      'raw compare-and-swap pair',
      () => {
        for (let left = pairs; left > 0; left--) {
          Atomics.compareExchange(words, 0, 0, 1);
          Atomics.compareExchange(words, 0, 1, 0);
        }
      },
    ],
    [
      'raw load',
      () => {
        for (let left = pairs; left > 0; left--) Atomics.load(words, 0);
      },
    ],
  ];
}

/** Where locks lie one after the other. */
class Place {
  readonly capacity = 8;
  readonly agent: Agent;
  private next: number;

  constructor() {
    const { capacity } = this;
    const table = new AgentTable(new SharedArrayBuffer(65_536), { capacity });
    this.next = table.bytes;
    this.agent = table.join();
  }

  /** Room for so many bytes; its offset. */
  room(bytes: number): number {
    const offset = this.next;
    this.next += bytes;
    return offset;
  }
}

// Each lock has a loop of its own: one that all shared would be compiled for none of them.

function lockWays(place: Place): Way[] {
  const { agent, capacity } = place;
  const mutex = new Mutex(agent, place.room(Mutex.bytes));
  const spin = new SpinLock(agent, place.room(SpinLock.bytes));
  const permits = new Semaphore(agent, place.room(Semaphore.bytes(capacity)), 2);
  const sequence = new SeqLock(agent, place.room(SeqLock.bytes));
  return [
    [
      'Mutex',
      () => {
        for (let left = pairs; left > 0; left--) {
          mutex.lock();
          mutex.unlock();
        }
      },
    ],
    [
      'SpinLock',
      () => {
        for (let left = pairs; left > 0; left--) {
          spin.lock();
          spin.unlock();
        }
      },
    ],
    [
      'Semaphore',
      () => {
        for (let left = pairs; left > 0; left--) {
          permits.lock();
          permits.unlock();
        }
      },
    ],
    [
      'SeqLock, write',
      () => {
        for (let left = pairs; left > 0; left--) {
          sequence.write.lock();
          sequence.write.unlock();
        }
      },
    ],
    [
      'SeqLock, read',
      () => {
        for (let left = pairs; left > 0; left--) {
          sequence.retry(sequence.begin());
        }
      },
    ],
  ];
}

function rwWays(place: Place): Way[] {
  const { agent, capacity } = place;
  const rw = new RwLock(agent, place.room(RwLock.bytes(capacity)));
  const semaphore = new RwSemaphore(agent, place.room(RwSemaphore.bytes(capacity)));
  const percpu = new PercpuRwSemaphore(agent, place.room(PercpuRwSemaphore.bytes(capacity)));
  return [
    [
      'RwLock, read',
      () => {
        for (let left = pairs; left > 0; left--) {
          rw.read.lock();
          rw.read.unlock();
        }
      },
    ],
    [
      'RwLock, write',
      () => {
        for (let left = pairs; left > 0; left--) {
          rw.write.lock();
          rw.write.unlock();
        }
      },
    ],
    [
      'RwSemaphore, read',
      () => {
        for (let left = pairs; left > 0; left--) {
          semaphore.read.lock();
          semaphore.read.unlock();
        }
      },
    ],
    [
      'RwSemaphore, write',
      () => {
        for (let left = pairs; left > 0; left--) {
          semaphore.write.lock();
          semaphore.write.unlock();
        }
      },
    ],
    [
      'PercpuRwSemaphore, read',
      () => {
        for (let left = pairs; left > 0; left--) {
          percpu.read.lock();
          percpu.read.unlock();
        }
      },
    ],
    [
      'PercpuRwSemaphore, write',
      () => {
        for (let left = pairs; left > 0; left--) {
          percpu.write.lock();
          percpu.write.unlock();
        }
      },
    ],
  ];
}

function otherWays(place: Place): Way[] {
  const { agent } = place;
  const completion = new Completion(agent, place.room(Completion.bytes));
  const condition = new Condition(agent, place.room(Condition.bytes));
  const once = new Once(agent, place.room(Once.bytes));
  const nothing = (): void => undefined;
  once.call(nothing);
  return [
    [
      'Completion, done and waited for',
      () => {
        for (let left = pairs; left > 0; left--) {
          completion.complete();
          completion.wait();
        }
      },
    ],
    [
      'Condition, nobody waits',
      () => {
        for (let left = pairs; left > 0; left--) {
          condition.notifyOne();
        }
      },
    ],
    [
      'Once, done',
      () => {
        for (let left = pairs; left > 0; left--) {
          once.call(nothing);
        }
      },
    ],
  ];
}

/**
 * What a lock costs that nobody else wants, beside the raw pair: processor time, the best of some
 * turns, so that what else the machine does meets all alike.
 */
export function uncontendedBench(): void {
  const place = new Place();
  const raw = rawWays(new Int32Array(new SharedArrayBuffer(64)));
  const ways = [...raw, ...lockWays(place), ...rwWays(place), ...otherWays(place)];
  const best = ways.map(() => Infinity);
  for (let turn = 0; turn < turns; turn++) {
    for (const [at, [, run]] of ways.entries()) {
      const begun = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(begun);
      best[at] = Math.min(best[at]!, ((user + system) * 1000) / pairs);
    }
  }
  process.stdout.write('\nuncontended, one thread: taken and released\n');
  for (const [at, [name]] of ways.entries()) {
    const ns = best[at]!.toFixed(1).padStart(8);
    const ratio = (best[at]! / best[0]!).toFixed(2).padStart(6);
    process.stdout.write(`  ${name.padEnd(33)}${ns} ns${ratio} of the raw pair\n`);
  }
}
