import type { Arena, Mutex, RwLock, Step, Word } from '../program/index.ts';

/** The Xen balloon driver of v4.5 and v4.6, and what of memory hotplug it meets. */
export interface Balloon {
  /** drivers/xen/balloon.c. */
  readonly balloonMutex: Mutex;
  /** Pages that the balloon holds; plain, under balloon_mutex. */
  readonly pages: Word;
  /** mem_hotplug_lock, of that time: home-made, readers recurse. */
  readonly memHotplugLock: RwLock;
  /** A block that was added before and is still offline, and the one that is being added. */
  readonly present: BalloonBlock;
  readonly added: BalloonBlock;
}

/** A memory block that goes into the balloon when it comes online. */
export interface BalloonBlock {
  readonly lock: Mutex;
  /** dev->offline; plain, under device_lock. */
  readonly offline: Word;
}

export function makeBalloon(arena: Arena): Balloon {
  const block = (name: string): BalloonBlock => ({
    lock: arena.mutex(`${name}.device_lock`, { class: 'memory device_lock' }),
    offline: arena.word(`${name}.offline`, 1),
  });
  return {
    balloonMutex: arena.mutex('balloon_mutex'),
    pages: arena.word('balloon.pages'),
    memHotplugLock: arena.rwLock('mem_hotplug_lock'),
    present: block('memory32'),
    added: block('memory33'),
  };
}

/** How a kernel grows its balloon. */
export interface BalloonPolicy {
  /** memhp_auto_online: added memory is brought online by who adds it (31bc3858ea3e, v4.6). */
  readonly autoOnline: boolean;
  /** The fix: balloon_mutex is dropped around add_memory_resource(). */
  readonly dropsMutex: boolean;
}

/**
 * balloon_process(), reserve_additional_memory().
 *
 * Lock order: balloon_mutex, then as in {@link addMemoryResource}; with the fix nothing is held
 * around that.
 */
export function* balloonProcess(balloon: Balloon, policy: BalloonPolicy): Step {
  yield* balloon.balloonMutex.acquire();
  try {
    if (policy.dropsMutex) yield* balloon.balloonMutex.release();
    yield* addMemoryResource(balloon, policy.autoOnline);
    if (policy.dropsMutex) yield* balloon.balloonMutex.acquire();
  } finally {
    yield* balloon.balloonMutex.release();
  }
}

/**
 * add_memory_resource() of v4.6. Lock order: mem_hotplug_lock; device_lock of the new block, taken
 * and released; with auto-online again, then balloon_mutex.
 */
function* addMemoryResource(balloon: Balloon, autoOnline: boolean): Step {
  yield* balloon.memHotplugLock.acquireWrite();
  try {
    // bus_probe_device()
    yield* balloon.added.lock.acquire();
    yield* balloon.added.lock.release();
    if (autoOnline) yield* deviceOnline(balloon, balloon.added);
  } finally {
    yield* balloon.memHotplugLock.releaseWrite();
  }
}

/** device_online(). Lock order: mem_hotplug_lock (the caller's), device_lock, balloon_mutex. */
function* deviceOnline(balloon: Balloon, block: BalloonBlock): Step {
  yield* block.lock.acquire();
  try {
    if ((yield* block.offline.read()) === 0) return;
    yield* xenOnlinePage(balloon);
    yield* block.offline.write(0);
  } finally {
    yield* block.lock.release();
  }
}

/**
 * xen_online_page(), the driver's online_page_callback: a page that comes online goes into the
 * balloon. Lock order: balloon_mutex, a leaf.
 */
function* xenOnlinePage(balloon: Balloon): Step {
  yield* balloon.balloonMutex.acquire();
  try {
    yield* balloon.pages.write((yield* balloon.pages.read()) + 1);
  } finally {
    yield* balloon.balloonMutex.release();
  }
}

/**
 * A write of `online` to the `state` of the block that is there, in v4.6. Lock order:
 * mem_hotplug_lock (30467e0b3be8: in the store), device_lock, balloon_mutex.
 */
export function* onlinePresentBlock(balloon: Balloon): Step {
  yield* balloon.memHotplugLock.acquireWrite();
  try {
    yield* deviceOnline(balloon, balloon.present);
  } finally {
    yield* balloon.memHotplugLock.releaseWrite();
  }
}

/** alloc_xenballooned_pages(): takes a page from the balloon. Lock order: balloon_mutex. */
export function* allocXenballoonedPages(balloon: Balloon): Step {
  yield* balloon.balloonMutex.acquire();
  try {
    const pages = yield* balloon.pages.read();
    if (pages > 0) yield* balloon.pages.write(pages - 1);
  } finally {
    yield* balloon.balloonMutex.release();
  }
}
