import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { getOnlineMems, putOnlineMems } from './mem-hotplug-lock.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { pagesPerBlock, type Zone } from './zone.ts';

/** A driver's part in bringing pages online (online_page_callback_t), a page at a time. */
export interface PageOnliner {
  readonly name: string;
  /** @returns whether the page went to the buddy allocator */
  readonly onlinePage: (block: MemoryBlock, index: number, zone: Zone) => Step<boolean>;
}

/** online_page_callback (mm/memory_hotplug.c): to whom pages go that come online. */
export interface OnlinePageCallback {
  /** online_page_callback_lock. */
  readonly lock: Mutex;
  /** 0 for generic_online_page(), else the place of a driver in `onliners`, from 1 on; plain. */
  readonly current: Word;
  /** Grows in the set-up only. */
  readonly onliners: PageOnliner[];
}

/** @param first - whose callback it is when an execution begins */
export function makeOnlinePageCallback(arena: Arena, first: PageOnliner): OnlinePageCallback {
  return {
    lock: arena.mutex('online_page_callback_lock'),
    current: arena.word('online_page_callback', 1),
    onliners: [first],
  };
}

/**
 * set_online_page_callback(). All releases. Lock order: mem_hotplug_lock (read),
 * online_page_callback_lock.
 *
 * @returns 0, or -EINVAL if a driver has it
 */
export function* setOnlinePageCallback(kernel: Kernel, onliner: PageOnliner): Step<number> {
  const { onliners } = kernel.callbacks.onlinePage!;
  return yield* changeCallback(kernel, 0, onliners.indexOf(onliner) + 1);
}

/**
 * restore_online_page_callback(). All releases. Lock order: as in {@link setOnlinePageCallback}.
 *
 * @returns 0, or -EINVAL if it is not this driver's
 */
export function* restoreOnlinePageCallback(kernel: Kernel, onliner: PageOnliner): Step<number> {
  const { onliners } = kernel.callbacks.onlinePage!;
  return yield* changeCallback(kernel, onliners.indexOf(onliner) + 1, 0);
}

function* changeCallback(kernel: Kernel, from: number, to: number): Step<number> {
  const { lock, current } = kernel.callbacks.onlinePage!;
  yield* getOnlineMems(kernel);
  try {
    yield* lock.acquire();
    try {
      if ((yield* current.read()) !== from) return -EINVAL;
      yield* current.write(to);
      return 0;
    } finally {
      yield* lock.release();
    }
  } finally {
    yield* putOnlineMems(kernel);
  }
}

/**
 * The driver that gets pages that come online, if there is one. All releases. Lock order:
 * mem_hotplug_lock (write, the caller's).
 */
export function* currentPageOnliner(kernel: Kernel): Step<PageOnliner | undefined> {
  const callback = kernel.callbacks.onlinePage;
  if (callback === undefined) return undefined;
  return callback.onliners[(yield* callback.current.read()) - 1];
}

/**
 * generic_online_page(), but for the counter: a page goes to the buddy allocator. All releases.
 * Lock order: zone->lock.
 */
export function* genericOnlinePage(block: MemoryBlock, index: number, zone: Zone): Step {
  yield* zone.lock.acquire();
  try {
    yield* block.frames[index]!.store(PageUse.free);
  } finally {
    yield* zone.lock.release();
  }
}

/** How many pages one page of the model stands for, rounded down. */
export function pagesPerFrame(kernel: Kernel): number {
  return Math.floor(pagesPerBlock / kernel.configuration.framesPerBlock);
}

/**
 * online_pages_range() where a driver has the callback: each page of a block goes to it. All
 * releases. Lock order: what the driver takes.
 *
 * @returns pages that the driver kept
 */
export function* onlinePagesByDriver(
  kernel: Kernel,
  onliner: PageOnliner,
  block: MemoryBlock,
  zone: Zone,
): Step<number> {
  let kept = 0;
  for (const index of block.frames.keys()) {
    if (!(yield* onliner.onlinePage(block, index, zone))) kept++;
  }
  return kept * pagesPerFrame(kernel);
}
