import type { Step } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { makeHvBalloon, type HvBalloon } from './hv-balloon.ts';
import type { MemoryBlock } from './memory-block.ts';
import { memoryEventName } from './memory-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';
import { bootBlockCount, pagesPerBlock } from './zone.ts';

/**
 * hv_memory_notifier() (drivers/hv/hv_balloon.c): who added memory learns that it came online, or
 * that it did not; pages that went offline are not counted any more. All releases. It says
 * NOTIFY_OK to everything.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), dm_device.ha_lock.
 */
export function makeHvBalloonCallback(site: CallbackSite): HvBalloon {
  const { arena, memoryChain, kernelOf } = site;
  const region = site.blocks.filter((block) => block.number >= bootBlockCount);
  const balloon = makeHvBalloon(arena, region);
  makeNotifierBlock(arena, memoryChain, {
    name: 'balloon',
    priority: CallbackPriority.default,
    registered: true,
    *call(_self, action, { startPfn }) {
      const event = memoryEventName(kernelOf(), action);
      if (event === 'online' || event === 'cancelOnline') yield* balloon.olWaitevent.complete();
      if (event === 'offline') {
        const number = Math.floor(startPfn / pagesPerBlock);
        yield* discount(
          balloon,
          region.find((one) => one.number === number),
        );
      }
      return Notify.ok;
    },
  });
  return balloon;
}

/** hv_page_offline_check(). Lock order: dm_device.ha_lock. */
function* discount(balloon: HvBalloon, block: MemoryBlock | undefined): Step {
  yield* balloon.haLock.acquire();
  try {
    if (block === undefined) return;
    const pages = Math.max(yield* balloon.backed.get(block)!.read(), 0);
    const before = yield* balloon.numPagesOnlined.read();
    // More than were brought online is unexpected, and then the counter stays at 0.
    yield* balloon.numPagesOnlined.write(Math.max(before - pages, 0));
  } finally {
    yield* balloon.haLock.release();
  }
}
