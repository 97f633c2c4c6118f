import { sleep, type Arena, type Completion, type Step, type Word } from '../program/index.ts';
import type { SpinLock } from '../program/index.ts';
import { addMemory } from './add-memory.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { genericOnlinePage, pagesPerFrame, type PageOnliner } from './online-page-callback.ts';
import { adjustManagedPageCount } from './page-count.ts';
import type { Zone } from './zone.ts';
import { pageZone } from './zone-range.ts';

/**
 * The balloon driver of Hyper-V (struct hv_dynmem_device, drivers/hv/hv_balloon.c), as far as
 * memory hotplug is concerned. Its hot-add regions are the blocks that it added itself; what of
 * them the host backs is known block by block.
 */
export interface HvBalloon {
  /** Guards the region and the counter; taken with interrupts off. */
  readonly haLock: SpinLock;
  /** Who added memory waits for it to come online. */
  readonly olWaitevent: Completion;
  /** Pages of the model that are backed and were brought online; plain, under ha_lock. */
  readonly numPagesOnlined: Word;
  /**
   * Pages of the model of each block that the host backs, from the first on; as above. Before the
   * block is in a hot-add region -1.
   */
  readonly backed: ReadonlyMap<MemoryBlock, Word>;
  /** hv_online_page() as the memory's core calls it. */
  readonly onliner: PageOnliner;
}

/** What a free thread waits in place of the five seconds of a wait that gives up, ms. */
const timeoutMs = 1;

/** Of a block that is in no hot-add region. */
const outside = -1;

export function makeHvBalloon(arena: Arena, blocks: readonly MemoryBlock[]): HvBalloon {
  const balloon: HvBalloon = {
    haLock: arena.spinLock('dm_device.ha_lock'),
    olWaitevent: arena.completion('dm_device.ol_waitevent'),
    numPagesOnlined: arena.word('dm_device.num_pages_onlined'),
    backed: new Map(
      blocks.map((block) => [block, arena.word(`dm_device.${block.name}.backed`, outside)]),
    ),
    onliner: {
      name: 'hv_online_page',
      onlinePage: (block, index, zone) => hvOnlinePage(balloon, block, index, zone),
    },
  };
  return balloon;
}

/**
 * hv_mem_hot_add(), for one block, of which the host backs some pages: adds it, and waits for
 * somebody to bring it online. All releases.
 *
 * Lock order: dm_device.ha_lock, in turns; between them as in `addMemory`, and the wait.
 *
 * @param patience - the kernel waits for five seconds and does not ask how the wait ended; the
 *   model waits for as long as it takes, or gives up whenever it likes
 * @returns what add_memory() answered
 */
export function* hvMemHotAdd(
  kernel: Kernel,
  block: MemoryBlock,
  backedPages: number,
  patience: 'endless' | 'times-out',
): Step<number> {
  const balloon = kernel.callbacks.hvBalloon!;
  yield* setBacked(balloon, block, backedPages);
  yield* balloon.olWaitevent.reinit();
  const result = yield* addMemory(kernel, block);
  if (result !== 0) {
    yield* setBacked(balloon, block, outside);
    return result;
  }
  if (patience === 'endless') yield* balloon.olWaitevent.wait();
  else yield* sleep(timeoutMs);
  return 0;
}

function* setBacked(balloon: HvBalloon, block: MemoryBlock, pages: number): Step {
  yield* balloon.haLock.acquire();
  try {
    yield* balloon.backed.get(block)!.write(pages);
  } finally {
    yield* balloon.haLock.release();
  }
}

/**
 * handle_pg_range(), as far as it backs more pages of a block that was added before: they come
 * online at once if the section is. All releases.
 *
 * A block that is coming online is flagged so after hv_online_page() was called for all of its
 * pages: what is backed in between is brought online by neither side.
 *
 * Lock order: dm_device.ha_lock, zone->lock.
 */
export function* hvHandlePgRange(kernel: Kernel, block: MemoryBlock, more: number): Step {
  const balloon = kernel.callbacks.hvBalloon!;
  const backed = balloon.backed.get(block)!;
  yield* balloon.haLock.acquire();
  try {
    const before = yield* backed.read();
    const after = Math.min(before + more, block.frames.length);
    yield* backed.write(after);
    if ((yield* block.sectionOnline.load()) === 0) return;
    yield* hvBringPgsOnline(kernel, block, before, after);
  } finally {
    yield* balloon.haLock.release();
  }
}

/** hv_bring_pgs_online(). Lock order: dm_device.ha_lock (the caller's), zone->lock. */
function* hvBringPgsOnline(kernel: Kernel, block: MemoryBlock, from: number, to: number): Step {
  const { numPagesOnlined } = kernel.callbacks.hvBalloon!;
  const zone = yield* pageZone(kernel, block);
  for (let index = from; index < to; index++) {
    yield* genericOnlinePage(block, index, zone);
    yield* adjustManagedPageCount(kernel, zone, pagesPerFrame(kernel));
    yield* numPagesOnlined.write((yield* numPagesOnlined.read()) + 1);
  }
}

/** Whether one of ha_region_list covers the block. Lock order: dm_device.ha_lock. */
function* isInRegion(balloon: HvBalloon, block: MemoryBlock): Step<boolean> {
  const backed = balloon.backed.get(block);
  if (backed === undefined) return false;
  yield* balloon.haLock.acquire();
  try {
    return (yield* backed.read()) !== outside;
  } finally {
    yield* balloon.haLock.release();
  }
}

/**
 * hv_online_page(), the driver's online_page_callback: a page that the host backs goes to the buddy
 * allocator, another one is flagged PageOffline(). A page outside of the regions goes to the buddy
 * allocator too; older releases lost it.
 *
 * Lock order: mem_hotplug_lock (the caller's), dm_device.ha_lock, zone->lock.
 */
function* hvOnlinePage(
  balloon: HvBalloon,
  block: MemoryBlock,
  index: number,
  zone: Zone,
): Step<boolean> {
  if (!(yield* isInRegion(balloon, block))) {
    yield* genericOnlinePage(block, index, zone);
    return true;
  }
  yield* balloon.haLock.acquire();
  try {
    if (index >= (yield* balloon.backed.get(block)!.read())) {
      yield* block.frames[index]!.store(PageUse.balloon);
      return false;
    }
    yield* genericOnlinePage(block, index, zone);
    yield* balloon.numPagesOnlined.write((yield* balloon.numPagesOnlined.read()) + 1);
    return true;
  } finally {
    yield* balloon.haLock.release();
  }
}
