import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { getOnlineMems, putOnlineMems } from './mem-hotplug-lock.ts';
import { readVmemmapPage } from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import { Page } from './memory-state.ts';
import { checkRule } from './rules.ts';

/**
 * kmemleak_scan() (mm/kmemleak.c), the part that walks the struct pages of each zone: a reader that
 * relies on get_online_mems() to keep the counters still and the struct pages there. All releases.
 *
 * Lock order: mem_hotplug_lock (read). Its scan_mutex, which no other agent takes, is not in the
 * model.
 *
 * @returns the struct pages looked at
 */
export function* kmemleakScan(kernel: Kernel): Step<number> {
  const { zone, nodePresentPages } = kernel.pgdat;
  let scanned = 0;
  yield* getOnlineMems(kernel);
  try {
    const present = yield* zone.presentPages.read();
    const nodePresent = yield* nodePresentPages.read();
    if (present === 0 || nodePresent === 0) return 0;
    for (const block of kernel.memoryBlocks) scanned += yield* scanBlock(kernel, block);
  } finally {
    yield* putOnlineMems(kernel);
  }
  return scanned;
}

/**
 * pfn_to_online_page() and what is read of the page: all releases. Lock order: under
 * mem_hotplug_lock (read).
 */
function* scanBlock(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* checkRule(kernel, 'readers-hold-mem-hotplug-lock', block);
  yield* readVmemmapPage(kernel, block);
  if ((yield* block.sectionOnline.load()) === 0) return 0;
  const page = yield* block.page.read();
  check(page === Page.initialised, 'a struct page of an online section is not initialised');
  return 1;
}
