import type { Step } from '../program/index.ts';
import type { DeviceMemory } from './device-memory.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { Page } from './memory-state.ts';
import { zoneOf } from './pgdat.ts';
import { checkRule } from './rules.ts';
import { ZoneIndex } from './zone.ts';
import { growSpans, shrinkSpans, underResizeLock } from './zone-range.ts';

/**
 * memremap_pages() (devm_memremap_pages() before v4.20): struct pages for device memory. No blocks,
 * no notifiers; device_hotplug_lock only with b5d24fda9c3d, until 55adc1d05dca (both v4.11).
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock (f931ab479dd2, so not in v3.19). The struct
 * pages are initialised after they were released.
 *
 * @returns 0, or -EBUSY if the range is mapped already
 */
export function* memremapPages(kernel: Kernel, memory: DeviceMemory): Step<number> {
  // percpu_ref_init(); the region was claimed by the driver.
  if ((yield* memory.references.compareExchange(0, 1)) !== 0) return -EBUSY;
  yield* withMemHotplugLock(kernel, function* () {
    yield* archAddDeviceMemory(kernel);
    yield* memory.memmap.revive();
    // move_pfn_range_to_zone()
    const zone = zoneOf(kernel.pgdat, ZoneIndex.device);
    yield* underResizeLock(kernel, zone, () => growSpans(kernel, zone, memory.startPfn));
  });
  // memmap_init_zone_device()
  yield* memory.page.write(Page.initialised);
  return 0;
}

/**
 * memunmap_pages(): waits until nobody has a page of it any more, then takes the struct pages away.
 *
 * Lock order: nothing while it waits; then as in {@link memremapPages}.
 */
export function* memunmapPages(kernel: Kernel, memory: DeviceMemory): Step {
  // percpu_ref_kill()
  yield* putDevicePage(memory);
  yield* memory.done.wait();
  yield* withMemHotplugLock(kernel, function* () {
    yield* memory.page.write(Page.uninitialised);
    // remove_pfn_range_from_zone()
    const zone = zoneOf(kernel.pgdat, ZoneIndex.device);
    yield* underResizeLock(kernel, zone, () => shrinkSpans(kernel, zone, memory.startPfn));
    yield* memory.memmap.retire();
  });
}

/** get_dev_pagemap(): a reference to a page, while there are any. All releases; takes no lock. */
export function* getDevicePage(memory: DeviceMemory): Step<boolean> {
  for (;;) {
    const count = yield* memory.references.load();
    if (count === 0) return false;
    if ((yield* memory.references.compareExchange(count, count + 1)) === count) return true;
  }
}

/** put_dev_pagemap(). All releases; takes no lock. */
export function* putDevicePage(memory: DeviceMemory): Step {
  if ((yield* memory.references.add(-1)) === 1) yield* memory.done.complete();
}

/**
 * The direct map's page tables, which arch_add_memory() extends and which have no lock of their
 * own.
 */
function* archAddDeviceMemory(kernel: Kernel): Step {
  const entries = yield* kernel.directMap.read();
  yield* kernel.directMap.write(entries + 1);
}

function* withMemHotplugLock(kernel: Kernel, body: () => Step): Step {
  const locks = kernel.release.has('f931ab479dd2');
  const locksDevices = locks && kernel.release.memremapTakesDeviceHotplugLock;
  if (locksDevices) yield* lockDeviceHotplug(kernel);
  if (locks) yield* memHotplugBegin(kernel);
  try {
    yield* checkRule(kernel, 'device-memory-under-mem-hotplug-lock');
    yield* body();
  } finally {
    if (locks) yield* memHotplugDone(kernel);
    if (locksDevices) yield* unlockDeviceHotplug(kernel);
  }
}
