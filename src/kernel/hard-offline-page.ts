import { check, type Arena, type Step } from '../program/index.ts';
import { EBUSY, EHWPOISON, EINVAL, ENXIO } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { PageUse } from './memory-state.ts';
import { zoneOf } from './pgdat.ts';
import { blockOfPfn, frameOfPfn, pfnWritten } from './soft-offline-page.ts';
import { makeSysfsFile } from './sysfs-file.ts';
import type { SysfsFile } from './sysfs.ts';
import { ZoneIndex } from './zone.ts';

/** The file `hard_offline_page`, of kernels built with CONFIG_MEMORY_FAILURE. */
export function makeHardOfflinePageFile(arena: Arena): SysfsFile {
  return makeSysfsFile(arena, 'hard_offline_page', { store: hardOfflinePageStore });
}

/** hard_offline_page_store(). All releases. Lock order: as in {@link memoryFailure}. */
function* hardOfflinePageStore(kernel: Kernel, input: string): Step<number> {
  const pfn = pfnWritten(input);
  if (pfn === undefined) return -EINVAL;
  const result = yield* memoryFailure(kernel, pfn);
  return result < 0 ? result : input.length;
}

/**
 * memory_failure(): the page is taken out of use at once, whatever it holds; who maps it is killed,
 * which is not in the model. All releases; the order of v6.1 is followed in all.
 *
 * Lock order: mf_mutex, zone->lock. Unlike soft_offline_page() it does not take mem_hotplug_lock:
 * machine checks do not wait for hotplug.
 * So nothing keeps the memory from going offline, or away, after it was found to be online: that is
 * a race in all releases, and is reported as one.
 *
 * @returns 0; -ENXIO for memory that is not online, -EHWPOISON for a page that is out of use
 *   already, -EBUSY for one of the kernel's own
 */
export function* memoryFailure(kernel: Kernel, pfn: number): Step<number> {
  const block = blockOfPfn(kernel, pfn);
  if (block === undefined) return -ENXIO;
  yield* kernel.mfMutex.acquire();
  try {
    // pfn_to_online_page()
    if ((yield* block.sectionOnline.load()) === 0) return -ENXIO;
    const frame = frameOfPfn(block, pfn);
    const index = yield* block.pageZone.read();
    check(index !== ZoneIndex.none, 'VM_BUG_ON_PAGE(PagePoisoned(page)) in memory_failure()');
    const zone = zoneOf(kernel.pgdats[block.physicalNid]!, index);
    yield* zone.lock.acquire();
    try {
      const use = yield* frame.load();
      if (use === PageUse.poisoned) return -EHWPOISON;
      if (use === PageUse.unmovable || use === PageUse.balloon) return -EBUSY;
      yield* frame.store(PageUse.poisoned);
      yield* block.poisonedPages.add(1);
      return 0;
    } finally {
      yield* zone.lock.release();
    }
  } finally {
    yield* kernel.mfMutex.release();
  }
}
