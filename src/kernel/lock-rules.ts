import type { Arena } from '../program/index.ts';
import type { Release } from './release.ts';

/**
 * What mm/memory_hotplug.c and its neighbours ask of lock classes, declared for the checker of
 * orders. Checked where the configuration has `guards`.
 *
 * device_lock() has no place in the order: adding takes that of the new block under
 * mem_hotplug_lock, onlining takes mem_hotplug_lock under it, and what keeps the two apart is
 * device_hotplug_lock, which comes before both.
 */
export function declareLockRules(arena: Arena, release: Release): void {
  arena.order('device_hotplug_lock', 'acpi_scan_lock', 'mem_hotplug_lock');
  arena.order('device_hotplug_lock', 'memory device_lock');
  arena.order('mem_hotplug_lock', 'pcp_batch_high_lock', 'zone->lock');
  arena.order('mem_hotplug_lock', 'memory_chain.rwsem');
  // mem_hotplug_begin() since 3f906ba23689 (v4.13).
  if (release.memHotplugBeginTakesCpuHotplugLock) {
    arena.order('device_hotplug_lock', 'cpu_hotplug_lock', 'mem_hotplug_lock');
  }
  if (release.memHotplugLockIsHomeMade) {
    arena.order('device_hotplug_lock', 'acpi_scan_lock', 'mem_hotplug.lock');
    arena.order('mem_hotplug.lock', 'pcp_batch_high_lock', 'zone->lock');
    arena.order('memory_add_remove_lock', 'mem_hotplug.lock', 'memory_chain.rwsem');
  }
  arena.leaf('resource_lock');
  arena.leaf('managed_page_count_lock');
  for (const spinLock of ['zone->lock', 'pcp->lock', 'pgdat_resize_lock']) {
    arena.mayNotWait(spinLock);
  }
  arena.mayNotWait('managed_page_count_lock');
}
