import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import type { Memtrace } from './powernv-memtrace.ts';
import type { Zone } from './zone.ts';
import { pageZone } from './zone-range.ts';
import {
  startIsolatePageRange,
  testPagesIsolated,
  undoIsolatePageRange,
} from './page-isolation.ts';
import { drainAllPages } from './pcplist.ts';

/**
 * memtrace_alloc_node() from 0bd4b96d9910 (v5.11) on: allocates the pages of a block, and takes
 * them out of the direct map. No hotplug, and none of its locks: the block stays online, and cannot
 * go offline meanwhile, since its pages have users.
 *
 * Lock order: as in {@link allocContigPages}; linear_mapping_mutex (e5b2af044f31).
 */
export function* allocTraceMemory(kernel: Kernel, trace: Memtrace): Step<MemoryBlock | undefined> {
  const block = yield* allocContigPages(kernel);
  if (block === undefined) return undefined;
  yield* changeLinearMapping(kernel, trace, 1);
  return block;
}

/** memtrace_free(): the way back. v6.1, v6.8. Lock order: as in {@link allocTraceMemory}. */
export function* freeTraceMemory(
  kernel: Kernel,
  trace: Memtrace,
  block: MemoryBlock,
): Step<number> {
  yield* changeLinearMapping(kernel, trace, -1);
  // free_contig_range()
  yield* setPages(block, yield* pageZone(kernel, block), PageUse.free);
  return 0;
}

/**
 * alloc_contig_pages() (mm/page_alloc.c), of one block's pages: isolated, looked at, taken. v6.1,
 * v6.8. That pages in use move away for it is not in the model: a block is passed over unless all
 * of its pages are free.
 *
 * Lock order: zone->lock in turns; as in `drainAllPages`. Not mem_hotplug_lock: a block may go
 * offline meanwhile, and the isolation, which only one can have, keeps the two apart.
 */
function* allocContigPages(kernel: Kernel): Step<MemoryBlock | undefined> {
  for (const block of kernel.memoryBlocks) {
    // pfn_to_online_page()
    if ((yield* block.sectionOnline.load()) === 0) continue;
    const zone = yield* pageZone(kernel, block);
    if (yield* allocContigRange(kernel, block, zone)) return block;
  }
  return undefined;
}

/** alloc_contig_range(). v6.1, v6.8. Lock order: as in {@link allocContigPages}. */
function* allocContigRange(kernel: Kernel, block: MemoryBlock, zone: Zone): Step<boolean> {
  if ((yield* startIsolatePageRange(kernel, block, zone)) !== 0) return false;
  try {
    yield* drainAllPages(kernel, zone);
    if ((yield* testPagesIsolated(block, zone)) !== 0) return false;
    yield* setPages(block, zone, PageUse.unmovable);
    return true;
  } finally {
    yield* undoIsolatePageRange(block, zone);
  }
}

function* setPages(block: MemoryBlock, zone: Zone, use: number): Step {
  yield* zone.lock.acquire();
  try {
    for (const frame of block.frames) yield* frame.store(use);
  } finally {
    yield* zone.lock.release();
  }
}

/**
 * arch_remove_linear_mapping(), arch_create_linear_mapping(): without e5b2af044f31 two who do so at
 * a time change page tables under each other. v6.1, v6.8. Lock order: linear_mapping_mutex.
 */
function* changeLinearMapping(kernel: Kernel, trace: Memtrace, entries: number): Step {
  const { linearMappingMutex, unmapped } = trace;
  const locks = kernel.release.has('e5b2af044f31');
  if (locks) yield* linearMappingMutex.acquire();
  try {
    yield* unmapped.write((yield* unmapped.read()) + entries);
  } finally {
    if (locks) yield* linearMappingMutex.release();
  }
}
