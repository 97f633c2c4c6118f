import {
  currentAgent,
  type Arena,
  type Mutex,
  type RwLock,
  type Step,
  type Word,
} from '../program/index.ts';

/**
 * mem_hotplug_lock as bfc8c90139eb (v3.16) made it and v4.12 still has it (mm/memory_hotplug.c): a
 * mutex, a count of readers, and the task that is writing. A writer holds the mutex; while it waits
 * for readers it sleeps without it. It was copied from the CPU hotplug lock, which one writer at a
 * time uses, and memory hotplug lost what had kept its writers apart: the pointer is that of the
 * writer who came last, whoever has the lock.
 *
 * Tasks are told apart by their agents' numbers.
 */
export interface HomeMadeHotplugLock {
  /**
   * Says who is inside, to the checkers; lockdep has such a map, too. Writers take it by try, as
   * they have waited for the readers already, and not with the mutex held.
   */
  readonly map: RwLock;
  /** mem_hotplug.lock. */
  readonly lock: Mutex;
  /** mem_hotplug.refcount: readers inside; plain, under the mutex. */
  readonly refcount: Word;
  /**
   * mem_hotplug.active_writer: the writer's agent number + 1, or 0. Written and read without a
   * lock; a pointer that is only compared, so atomic here.
   */
  readonly activeWriter: Word;
  /** For each agent whether it was woken: its task state. */
  readonly woken: readonly Word[];
  /** memory_add_remove_lock (55adc1d05dca, v4.11): serialises the writers; gone with v4.13. */
  readonly memoryAddRemoveLock: Mutex;
}

export function makeHomeMadeHotplugLock(arena: Arena, map: RwLock): HomeMadeHotplugLock {
  return {
    map,
    lock: arena.mutex('mem_hotplug.lock'),
    refcount: arena.word('mem_hotplug.refcount'),
    activeWriter: arena.word('mem_hotplug.active_writer'),
    woken: Array.from({ length: arena.agentCount }, (_, agent) => arena.word(`task${agent}.woken`)),
    memoryAddRemoveLock: arena.mutex('memory_add_remove_lock'),
  };
}

/**
 * mem_hotplug_begin() of v3.16 to v4.12, after memory_add_remove_lock.
 *
 * Lock order: mem_hotplug.lock, kept until {@link homeMadeHotplugDone}.
 */
export function* homeMadeHotplugBegin(hotplug: HomeMadeHotplugLock): Step {
  const current = currentAgent();
  // Overwrites the one who waits below, if there is one: nothing keeps two writers from coming.
  yield* hotplug.activeWriter.store(current + 1);
  for (;;) {
    yield* hotplug.lock.acquire();
    if ((yield* hotplug.refcount.read()) === 0) break;
    // __set_current_state(TASK_UNINTERRUPTIBLE), then schedule().
    yield* hotplug.woken[current]!.store(0);
    yield* hotplug.lock.release();
    yield* hotplug.woken[current]!.waitUntil(1);
  }
  if (!(yield* hotplug.map.tryAcquireWrite())) {
    throw new Error('[internal] a writer and a reader are inside the home-made hotplug lock');
  }
}

/** mem_hotplug_done() of v3.16 to v4.12: gives back what {@link homeMadeHotplugBegin} took. */
export function* homeMadeHotplugDone(hotplug: HomeMadeHotplugLock): Step {
  yield* hotplug.map.releaseWrite();
  yield* hotplug.activeWriter.store(0);
  yield* hotplug.lock.release();
}

/**
 * get_online_mems() of v3.16 to v4.12: readers recurse, past a writer that waits too, and the
 * writer itself need not ask.
 *
 * Lock order: mem_hotplug.lock, taken and released.
 */
export function* homeMadeGetOnlineMems(hotplug: HomeMadeHotplugLock): Step {
  if ((yield* hotplug.activeWriter.load()) === currentAgent() + 1) return;
  yield* hotplug.lock.acquire();
  yield* hotplug.refcount.write((yield* hotplug.refcount.read()) + 1);
  yield* hotplug.lock.release();
  yield* hotplug.map.acquireRead();
}

/**
 * put_online_mems() of v3.16 to v4.12: the last reader wakes the writer, the one that active_writer
 * names.
 *
 * Lock order: as in {@link homeMadeGetOnlineMems}.
 *
 * @returns false where there was no reader, which the kernel warns of
 */
export function* homeMadePutOnlineMems(hotplug: HomeMadeHotplugLock): Step<boolean> {
  if ((yield* hotplug.activeWriter.load()) === currentAgent() + 1) return true;
  yield* hotplug.lock.acquire();
  const readers = yield* hotplug.refcount.read();
  if (readers > 0) yield* hotplug.map.releaseRead();
  // if (WARN_ON(!mem_hotplug.refcount)) mem_hotplug.refcount++, "try to fix things up"
  const left = Math.max(readers, 1) - 1;
  yield* hotplug.refcount.write(left);
  if (left === 0) yield* wakeUpWriter(hotplug);
  yield* hotplug.lock.release();
  return readers > 0;
}

/** wake_up_process(mem_hotplug.active_writer). Lock order: mem_hotplug.lock, the caller's. */
function* wakeUpWriter(hotplug: HomeMadeHotplugLock): Step {
  const writer = yield* hotplug.activeWriter.load();
  if (writer !== 0) yield* hotplug.woken[writer - 1]!.store(1);
}
