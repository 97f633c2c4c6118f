import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { unregisterMemory } from './memory-block-devices.ts';
import { Page } from './memory-state.ts';
import { checkRule } from './rules.ts';
import { sectionDeactivate } from './section-subsections.ts';
import { ZoneIndex } from './zone.ts';
import { pageZone, removePfnRangeFromZone } from './zone-range.ts';

/**
 * arch_remove_memory(), __remove_pages(): the struct pages of a block go away. Whoever touches them
 * later is a finding.
 *
 * Lock order: under mem_hotplug_lock. v3.19, v4.18, v4.20: mem_sysfs_mutex around the removal of
 * the block's device, with what `deviceDel` takes and waits for; pgdat_resize_lock where the zone
 * shrinks only now.
 */
export function* archRemoveMemory(kernel: Kernel, block: MemoryBlock): Step {
  yield* checkRule(kernel, 'mem-hotplug-lock-for-writing', block);
  yield* checkRule(kernel, 'no-cpu-hotplug-meanwhile', block);
  yield* checkRule(kernel, 'nobody-inside-on-removal', block);
  const { release } = kernel;
  // __remove_zone()
  if (!release.zonesShrinkOnOffline) yield* removeZone(kernel, block);
  for (let left = yield* block.presentSections.load(); left > 0; left--) {
    if (release.memSysfsMutexGuardsBlocks) yield* unregisterMemorySection(kernel, block);
    else yield* block.sectionCount.write(left - 1);
    const unmark = function* (): Step {
      yield* block.presentSections.add(-1);
    };
    if (left === 1) yield* sectionDeactivate(kernel, block, unmark);
    else yield* unmark();
  }
  yield* block.memmap.retire();
}

function* removeZone(kernel: Kernel, block: MemoryBlock): Step {
  if ((yield* block.page.read()) !== Page.initialised) return;
  if ((yield* block.pageZone.read()) === ZoneIndex.none) return;
  yield* removePfnRangeFromZone(kernel, block, yield* pageZone(kernel, block));
}

/**
 * unregister_memory_section(): the block's device goes with its last section. v3.19, v4.18, v4.20.
 *
 * Lock order: mem_hotplug_lock (the caller's), mem_sysfs_mutex, as in `deviceDel`.
 */
function* unregisterMemorySection(kernel: Kernel, block: MemoryBlock): Step {
  yield* kernel.memSysfsMutex.acquire();
  try {
    const left = (yield* block.sectionCount.read()) - 1;
    // What a failed add_memory() left behind.
    check(left >= 0, 'NULL pointer dereference: memory is removed that has no block device');
    yield* block.sectionCount.write(left);
    if (left === 0) yield* unregisterMemory(kernel, block);
  } finally {
    yield* kernel.memSysfsMutex.release();
  }
}
