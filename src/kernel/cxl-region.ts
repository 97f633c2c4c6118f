import { check } from '../program/index.ts';
import type { Arena, Mutex, Region, RwSemaphore, Step, Word } from '../program/index.ts';
import {
  blockingNotifierCallChain,
  blockingNotifierChainRegister,
  blockingNotifierChainUnregister,
  makeCallback,
  makeCallbackChain,
  type CallbackChain,
} from './callback-chain.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/**
 * What keeps the notifier from a region without a range: nothing; a3483ee7e6a7, the region rwsem;
 * or that it is registered only while there is a range (Ira Weiny, 2024-08).
 */
export type CxlFix = 'none' | 'rwsem' | 'lifetime';

/** A region of CXL memory (drivers/cxl/core/region.c), its notifier, and its DAX device. */
export interface CxlRegion {
  readonly fix: CxlFix;
  /** cxl_region_rwsem: configurations of regions. */
  readonly rwsem: RwSemaphore;
  /** device_lock() of the DAX device that the region's memory is used through. */
  readonly daxLock: Mutex;
  readonly range: CxlRange;
  readonly chain: CallbackChain;
}

/** The region's range of host addresses. */
interface CxlRange {
  /** cxlr->params.res: 0 for NULL; plain, under cxl_region_rwsem. */
  readonly pointer: Word;
  readonly resource: Region;
  /** res->start; plain, likewise. */
  readonly start: Word;
}

export function makeCxlRegion(arena: Arena, fix: CxlFix): CxlRegion {
  const rwsem = arena.rwSemaphore('cxl_region_rwsem');
  const { region, inside } = arena.region('cxlr.resource', () => arena.word('res->start'), {
    retired: true,
  });
  const range = { pointer: arena.word('cxlr->params.res'), resource: region, start: inside };
  const call = (): Step => cxlRegionPerfAttrsCallback(fix, rwsem, range);
  // devm_cxl_add_region() registers it before there is a range.
  const callback = makeCallback(arena, 'cxlr.memory_notifier', call, fix !== 'lifetime');
  const chain = makeCallbackChain(arena, 'cxl', [callback]);
  return { fix, rwsem, daxLock: arena.mutex('dax device_lock'), range, chain };
}

/**
 * cxl_region_perf_attrs_callback(): is this our node? Without a lock at first; since a3483ee7e6a7
 * cxl_region_nid() holds cxl_region_rwsem.
 *
 * Lock order: memory_chain.rwsem (read), cxl_region_rwsem (read).
 */
function* cxlRegionPerfAttrsCallback(fix: CxlFix, rwsem: RwSemaphore, range: CxlRange): Step {
  if (fix !== 'rwsem') {
    const resource = yield* range.pointer.read();
    check(resource !== 0, 'NULL pointer dereference: the CXL region has no range');
    yield* range.start.read();
    return;
  }
  yield* rwsem.acquireRead();
  try {
    if ((yield* range.pointer.read()) !== 0) yield* range.start.read();
  } finally {
    yield* rwsem.releaseRead();
  }
}

/**
 * User space configures the region and takes it down again: alloc_hpa(), free_hpa().
 *
 * Lock order: cxl_region_rwsem (write); memory_chain.rwsem (write) by itself.
 */
export function* configureCxlRegion(region: CxlRegion): Step {
  const { range, rwsem, chain } = region;
  yield* rwsem.acquireWrite();
  try {
    yield* range.resource.revive();
    yield* range.start.write(0x4000);
    yield* range.pointer.write(1);
  } finally {
    yield* rwsem.releaseWrite();
  }
  if (region.fix === 'lifetime') {
    yield* blockingNotifierChainRegister(chain, chain.callbacks[0]!);
    yield* blockingNotifierChainUnregister(chain, chain.callbacks[0]!);
  }
  yield* rwsem.acquireWrite();
  try {
    yield* range.pointer.write(0);
    yield* range.resource.retire();
  } finally {
    yield* rwsem.releaseWrite();
  }
}

/**
 * dev_dax_kmem_probe(): memory, of this region or another, is added and brought online.
 *
 * Lock order: device_lock of the DAX device, device_hotplug_lock, cpu_hotplug_lock (read),
 * mem_hotplug_lock, memory_chain.rwsem (read).
 */
export function* devDaxKmemProbe(kernel: Kernel, region: CxlRegion): Step {
  yield* region.daxLock.acquire();
  try {
    yield* lockDeviceHotplug(kernel);
    try {
      yield* memHotplugBegin(kernel);
      try {
        yield* blockingNotifierCallChain(region.chain);
      } finally {
        yield* memHotplugDone(kernel);
      }
    } finally {
      yield* unlockDeviceHotplug(kernel);
    }
  } finally {
    yield* region.daxLock.release();
  }
}

/**
 * Dynamic capacity (a series on the list in 2024): the device adds an extent to the region, which
 * tells its DAX device.
 *
 * Lock order: cxl_region_rwsem (read), device_lock of the DAX device.
 */
export function* addCxlExtent(region: CxlRegion): Step {
  yield* region.rwsem.acquireRead();
  try {
    yield* region.daxLock.acquire();
    yield* region.daxLock.release();
  } finally {
    yield* region.rwsem.releaseRead();
  }
}
