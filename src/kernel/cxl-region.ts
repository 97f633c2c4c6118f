import {
  check,
  type Arena,
  type Region,
  type RwSemaphore,
  type Step,
  type Word,
} from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { Kernel } from './kernel.ts';
import type { KmemDax } from './kmem-dax.ts';
import {
  memoryEventName,
  registerMemoryNotifier,
  unregisterMemoryNotifier,
  type MemoryNotify,
} from './memory-notify.ts';
import {
  makeNotifierBlock,
  Notify,
  type NotifierBlock,
  type NotifierCall,
} from './notifier-chain.ts';

/** A region of CXL memory (drivers/cxl/core/region.c) and its notifier. v6.8 with 067353a46d8c. */
export interface CxlRegion {
  /** cxl_region_rwsem: configurations of regions. */
  readonly rwsem: RwSemaphore;
  readonly range: CxlRange;
  readonly notifier: NotifierBlock<MemoryNotify>;
  /** Whether the notifier is there only while the region has a range (Ira Weiny, 2024-08). */
  readonly notifierIsDrivers: boolean;
}

/** The region's range of host addresses. */
interface CxlRange {
  /** cxlr->params.res: 0 for NULL; plain, under cxl_region_rwsem. */
  readonly pointer: Word;
  readonly resource: Region;
  /** The node of res->start (phys_to_target_node()); plain, likewise. */
  readonly node: Word;
}

/** The node of the region's own memory. */
const regionNid = 1;

/**
 * devm_cxl_add_region(), in the set-up: a region without a range. With 067353a46d8c its callback is
 * registered from now on.
 *
 * @param notifierIsDrivers - instead, the driver of the region registers it when there is a range,
 *   as a series of 2024-08 has it
 */
export function makeCxlRegion(arena: Arena, kernel: Kernel, notifierIsDrivers = false): CxlRegion {
  const rwsem = arena.rwSemaphore('cxl_region_rwsem');
  const { region, inside } = arena.region('cxlr.resource', () => arena.word('res->start.node'), {
    retired: true,
  });
  const range = { pointer: arena.word('cxlr->params.res'), resource: region, node: inside };
  const underRwsem = kernel.release.has('a3483ee7e6a7') && !notifierIsDrivers;
  const notifier = makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
    name: 'cxl-region',
    priority: CallbackPriority.cxl,
    registered: kernel.release.has('067353a46d8c') && !notifierIsDrivers,
    call: cxlRegionPerfAttrsCallback(kernel, range, underRwsem ? rwsem : undefined),
  });
  return { rwsem, range, notifier, notifierIsDrivers };
}

/**
 * cxl_region_perf_attrs_callback(): is the node that has its first memory ours? That its
 * performance is told then is not in the model.
 *
 * Lock order: memory_chain.rwsem (read, the caller's); since a3483ee7e6a7 cxl_region_rwsem (read),
 * in cxl_region_nid().
 */
function cxlRegionPerfAttrsCallback(
  kernel: Kernel,
  range: CxlRange,
  rwsem: RwSemaphore | undefined,
): NotifierCall<MemoryNotify> {
  return function* (_self, action, { statusChangeNid }) {
    if (statusChangeNid < 0 || memoryEventName(kernel, action) !== 'online') return Notify.done;
    const nid = yield* rwsem === undefined ? nidUnlocked(range) : cxlRegionNid(range, rwsem);
    return nid === statusChangeNid ? Notify.ok : Notify.done;
  };
}

/** phys_to_target_node(cxlr->params.res->start). Lock order: none. */
function* nidUnlocked({ pointer, node }: CxlRange): Step<number> {
  const resource = yield* pointer.read();
  check(resource !== 0, 'NULL pointer dereference: the CXL region has no range');
  return yield* node.read();
}

/** cxl_region_nid(). v6.8 with a3483ee7e6a7. Lock order: cxl_region_rwsem (read). */
function* cxlRegionNid({ pointer, node }: CxlRange, rwsem: RwSemaphore): Step<number> {
  yield* rwsem.acquireRead();
  try {
    return (yield* pointer.read()) === 0 ? -1 : yield* node.read();
  } finally {
    yield* rwsem.releaseRead();
  }
}

/**
 * User space configures the region and takes it down again: alloc_hpa(), free_hpa(); where the
 * notifier is the driver's, cxl_region_probe() registers it in between, and the end of the driver
 * takes it away.
 *
 * Lock order: cxl_region_rwsem (write); memory_chain.rwsem (write) by itself.
 */
export function* configureCxlRegion(kernel: Kernel, region: CxlRegion): Step {
  const { range, rwsem, notifier } = region;
  yield* rwsem.acquireWrite();
  try {
    yield* range.resource.revive();
    yield* range.node.write(regionNid);
    yield* range.pointer.write(1);
  } finally {
    yield* rwsem.releaseWrite();
  }
  if (region.notifierIsDrivers) {
    yield* registerMemoryNotifier(kernel, notifier);
    yield* unregisterMemoryNotifier(kernel, notifier);
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
 * Dynamic capacity (a series on the list in 2024): the device adds an extent to the region, which
 * tells its DAX device.
 *
 * Lock order: cxl_region_rwsem (read), device_lock of the DAX device.
 */
export function* addCxlExtent({ rwsem }: CxlRegion, { lock }: Pick<KmemDax, 'lock'>): Step {
  yield* rwsem.acquireRead();
  try {
    yield* lock.acquire();
    yield* lock.release();
  } finally {
    yield* rwsem.releaseRead();
  }
}
