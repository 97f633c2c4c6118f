import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { Page } from './memory-state.ts';
import { pagesPerBlock } from './zone.ts';

/** Pages that hold the struct pages of a block, where they lie in the block itself. */
const vmemmapPages = 512;

/** The pages at the start of a block that are not for use: its own struct pages, or none. */
export function vmemmapPagesOf(kernel: Kernel): number {
  return kernel.configuration.memmapOnMemory ? vmemmapPages : 0;
}

/** The pages of the range of a block that goes on- or offline. */
export function usablePages(kernel: Kernel): number {
  return pagesPerBlock - vmemmapPagesOf(kernel);
}

/** Those of them that are there, and are counted. */
export function countedPages(kernel: Kernel, { hole }: Pick<MemoryBlock, 'hole'>): number {
  return usablePages(kernel) - (hole?.pages ?? 0);
}

/**
 * mhp_init_memmap_on_memory(): the struct pages of the pages that hold struct pages. v6.1, v6.8,
 * with memmap_on_memory. In the model they always fill a section, which is flagged online here.
 *
 * Lock order: mem_hotplug_lock (write), which only 001002e73712 made the callers hold.
 */
export function* mhpInitMemmapOnMemory(kernel: Kernel, block: MemoryBlock): Step {
  if (!kernel.configuration.memmapOnMemory) return;
  yield* block.vmemmapPage.write(Page.initialised);
  yield* block.vmemmapOnline.store(1);
}

/** mhp_deinit_memmap_on_memory(). Lock order: as in {@link mhpInitMemmapOnMemory}. */
export function* mhpDeinitMemmapOnMemory(kernel: Kernel, block: MemoryBlock): Step {
  if (!kernel.configuration.memmapOnMemory) return;
  yield* block.vmemmapOnline.store(0);
  // page_init_poison()
  yield* block.vmemmapPage.write(Page.uninitialised);
}

/** What a reader of struct pages sees of them, under mem_hotplug_lock (read) or not. */
export function* readVmemmapPage(kernel: Kernel, block: MemoryBlock): Step {
  if (!kernel.configuration.memmapOnMemory) return;
  if ((yield* block.vmemmapOnline.load()) === 0) return;
  const page = yield* block.vmemmapPage.read();
  check(page === Page.initialised, 'a struct page of an online section is not initialised');
}
