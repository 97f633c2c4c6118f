import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';

/**
 * The zone of a block's pages, an index, as show_valid_zones() and offline_pages() find it out of
 * the struct pages: they ask test_pages_in_a_zone() whether all are of one zone, and take that of
 * the first page. Of a block that begins with a hole that page has no struct: since a96dfddbcc04
 * (v4.10) it is the first one that test_pages_in_a_zone() has seen. (From v5.18 on, 395f6081bad4,
 * `valid_zones` says what the block remembers.)
 *
 * Lock order: none; what is read may change or go unless the caller has mem_hotplug_lock.
 */
export function* zoneOfPages(kernel: Kernel, block: MemoryBlock): Step<number> {
  const zone = yield* testPagesInAZone(kernel, block);
  if (block.hole === undefined || kernel.release.has('a96dfddbcc04')) return zone;
  return yield* block.hole.pageZone.read();
}

/**
 * test_pages_in_a_zone(). Before 5f0f2887f4de (v4.4) it read struct pages of absent sections, too.
 * (Pages of a block are of one zone in the model, but for those of the outer blocks of the boot.)
 *
 * Lock order: as in {@link zoneOfPages}.
 */
function* testPagesInAZone({ release }: Kernel, { hole, pageZone }: MemoryBlock): Step<number> {
  if (hole !== undefined && !release.has('5f0f2887f4de')) yield* hole.pageZone.read();
  return yield* pageZone.read();
}
