import type { Arena, Mutex, Self, Step, Word } from '../program/index.ts';

/**
 * mem_hotplug_lock as bfc8c90139eb (v3.16) made it and v4.12 still has it (mm/memory_hotplug.c): a
 * mutex, a count of readers, and the task that is writing. A writer holds the mutex; while it waits
 * for readers it sleeps without it. It was copied from the CPU hotplug lock, which one writer at a
 * time uses, and memory hotplug lost what had kept its writers apart.
 */
export interface HomeMadeHotplugLock {
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
  readonly hasAddRemoveLock: boolean;
}

export function makeHomeMadeHotplugLock(
  arena: Arena,
  hasAddRemoveLock: boolean,
): HomeMadeHotplugLock {
  return {
    lock: arena.mutex('mem_hotplug.lock'),
    refcount: arena.word('mem_hotplug.refcount'),
    activeWriter: arena.word('mem_hotplug.active_writer'),
    woken: Array.from({ length: arena.agentCount }, (_, agent) => arena.word(`task${agent}.woken`)),
    memoryAddRemoveLock: arena.mutex('memory_add_remove_lock'),
    hasAddRemoveLock,
  };
}

/**
 * mem_hotplug_begin() of v3.16 to v4.12.
 *
 * Lock order: (55adc1d05dca: memory_add_remove_lock), mem_hotplug.lock, kept until the end.
 */
export function* homeMadeHotplugBegin(hotplug: HomeMadeHotplugLock, current: Self): Step {
  if (hotplug.hasAddRemoveLock) yield* hotplug.memoryAddRemoveLock.acquire();
  // Overwrites the one who waits below, if there is one: nothing keeps two writers from coming.
  yield* hotplug.activeWriter.store(current.id + 1);
  for (;;) {
    yield* hotplug.lock.acquire();
    if ((yield* hotplug.refcount.read()) === 0) return;
    // __set_current_state(TASK_UNINTERRUPTIBLE), then schedule().
    yield* hotplug.woken[current.id]!.store(0);
    yield* hotplug.lock.release();
    yield* hotplug.woken[current.id]!.waitUntil(1);
  }
}

/** mem_hotplug_done() of v3.16 to v4.12: gives back what {@link homeMadeHotplugBegin} took. */
export function* homeMadeHotplugDone(hotplug: HomeMadeHotplugLock): Step {
  yield* hotplug.activeWriter.store(0);
  yield* hotplug.lock.release();
  if (hotplug.hasAddRemoveLock) yield* hotplug.memoryAddRemoveLock.release();
}

/**
 * get_online_mems() of v3.16 to v4.12: the writer itself may, and so may who is inside already.
 *
 * Lock order: mem_hotplug.lock, taken and released.
 */
export function* homeMadeGetOnlineMems(hotplug: HomeMadeHotplugLock, current: Self): Step {
  if ((yield* hotplug.activeWriter.load()) === current.id + 1) return;
  yield* hotplug.lock.acquire();
  yield* hotplug.refcount.write((yield* hotplug.refcount.read()) + 1);
  yield* hotplug.lock.release();
}

/**
 * put_online_mems() of v3.16 to v4.12: the last reader wakes the writer, the one that active_writer
 * names. Lock order: as in {@link homeMadeGetOnlineMems}.
 */
export function* homeMadePutOnlineMems(hotplug: HomeMadeHotplugLock, current: Self): Step {
  const writer = yield* hotplug.activeWriter.load();
  if (writer === current.id + 1) return;
  yield* hotplug.lock.acquire();
  const left = (yield* hotplug.refcount.read()) - 1;
  yield* hotplug.refcount.write(left);
  if (left === 0) yield* wakeUpWriter(hotplug);
  yield* hotplug.lock.release();
}

/** wake_up_process(mem_hotplug.active_writer). Lock order: mem_hotplug.lock, the caller's. */
function* wakeUpWriter(hotplug: HomeMadeHotplugLock): Step {
  const writer = yield* hotplug.activeWriter.load();
  if (writer !== 0) yield* hotplug.woken[writer - 1]!.store(1);
}
