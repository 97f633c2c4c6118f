import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import { addMemoryResource } from './add-memory.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { makeOnlinePageCallback } from './online-page-callback.ts';

/** The Xen balloon driver (drivers/xen/balloon.c), as far as memory hotplug is concerned. */
export interface XenBalloon {
  readonly balloonMutex: Mutex;
  /** Pages of the model that the balloon holds; plain, under balloon_mutex. */
  readonly pages: Word;
}

/** A kernel whose pages, when they come online, go to the Xen balloon. */
export interface XenKernel extends Kernel {
  readonly xenBalloon: XenBalloon;
}

/** Gives a kernel the driver, which has had online_page_callback since the boot. */
export function withXenBalloon(arena: Arena, kernel: Kernel): XenKernel {
  const xenBalloon: XenBalloon = {
    balloonMutex: arena.mutex('balloon_mutex'),
    pages: arena.word('balloon_stats.balloon_low'),
  };
  const onlinePage = makeOnlinePageCallback(arena, {
    name: 'xen_online_page',
    *onlinePage(block, index) {
      yield* xenOnlinePage(xenBalloon, block, index);
      return false;
    },
  });
  return { ...kernel, xenBalloon, callbacks: { ...kernel.callbacks, onlinePage } };
}

/**
 * balloon_process(), reserve_additional_memory(): the balloon grows by memory that is new.
 *
 * Lock order: balloon_mutex, then as in `addMemoryResource`, without device_hotplug_lock until
 * v4.20; since "xen_balloon: support memory auto onlining policy" (v4.6) nothing is held around
 * that.
 *
 * @param dropsMutex - whether that fix is in
 */
export function* balloonProcess(kernel: XenKernel, block: MemoryBlock, dropsMutex: boolean): Step {
  const { balloonMutex } = kernel.xenBalloon;
  yield* balloonMutex.acquire();
  try {
    if (dropsMutex) yield* balloonMutex.release();
    yield* addMemoryResource(kernel, block);
    if (dropsMutex) yield* balloonMutex.acquire();
  } finally {
    yield* balloonMutex.release();
  }
}

/**
 * xen_online_page(), the driver's online_page_callback: a page that comes online goes into the
 * balloon. Lock order: mem_hotplug_lock (the caller's), balloon_mutex.
 */
function* xenOnlinePage(
  { balloonMutex, pages }: XenBalloon,
  block: MemoryBlock,
  index: number,
): Step {
  yield* balloonMutex.acquire();
  try {
    // balloon_append()
    yield* block.frames[index]!.store(PageUse.balloon);
    yield* pages.write((yield* pages.read()) + 1);
  } finally {
    yield* balloonMutex.release();
  }
}

/**
 * alloc_xenballooned_pages(): takes a page from the balloon. Which page it is, and what becomes of
 * it, is not in the model. Lock order: balloon_mutex.
 */
export function* allocXenballoonedPages({ balloonMutex, pages }: XenBalloon): Step {
  yield* balloonMutex.acquire();
  try {
    const count = yield* pages.read();
    if (count > 0) yield* pages.write(count - 1);
  } finally {
    yield* balloonMutex.release();
  }
}
