import type { Step } from '../program/index.ts';
import { addMemoryWithResource } from './add-memory.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import { drmemUpdateDt, type Drmem, type DrmemLmb } from './drmem.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { removeMemoryOrBug } from './remove-memory.ts';
import { findMemoryBlock, putMemoryBlock } from './walk-memory-blocks.ts';

/**
 * dlpar_add_lmb() (arch/powerpc/platforms/pseries/hotplug-memory.c): adds an LMB and brings it
 * online, whatever the policy says; takes it away again where that fails. v4.18 and later.
 *
 * Lock order: device_hotplug_lock (the caller's); as in `addMemoryResource`; as in `deviceOnline`;
 * devtree_lock, a leaf.
 *
 * @returns 0, -EINVAL for one that is there, or what add_memory() or device_online() answered
 */
export function* dlparAddLmb(kernel: Kernel, drmem: Drmem, lmb: DrmemLmb): Step<number> {
  if ((yield* lmb.assigned.read()) !== 0) return -EINVAL;
  if (drmem.updatesTreeFirst) yield* setAssigned(drmem, lmb, 1);
  let result = yield* addMemoryWithResource(kernel, lmb.block);
  if (result === 0) {
    result = yield* dlparChangeLmbState(kernel, lmb, true);
    if (result !== 0) yield* removeMemoryOrBug(kernel, lmb.block);
  }
  if (drmem.updatesTreeFirst) {
    if (result !== 0) yield* setAssigned(drmem, lmb, 0);
  } else if (result === 0) {
    yield* lmb.assigned.write(1);
  }
  return result;
}

/**
 * dlpar_remove_lmb(): takes an LMB offline and away. v4.18 and later.
 *
 * Lock order: device_hotplug_lock (the caller's); as in `deviceOffline`; as in `tryRemoveMemory`;
 * devtree_lock, a leaf.
 *
 * @returns 0, -EINVAL for one that is not there, or what device_offline() answered
 */
export function* dlparRemoveLmb(kernel: Kernel, drmem: Drmem, lmb: DrmemLmb): Step<number> {
  if ((yield* lmb.assigned.read()) === 0) return -EINVAL;
  const result = yield* dlparChangeLmbState(kernel, lmb, false);
  if (result !== 0) return result;
  if (drmem.updatesTreeFirst) yield* setAssigned(drmem, lmb, 0);
  yield* removeMemoryOrBug(kernel, lmb.block);
  if (!drmem.updatesTreeFirst) yield* lmb.assigned.write(0);
  return 0;
}

/** The order of the proposal of 2020: the device tree tells it before the block's uevent does. */
function* setAssigned(drmem: Drmem, lmb: DrmemLmb, assigned: number): Step {
  yield* lmb.assigned.write(assigned);
  yield* drmemUpdateDt(drmem);
}

/**
 * dlpar_change_lmb_state(): dlpar_online_lmb() and dlpar_offline_lmb(). v4.18 and later.
 * dev->offline is read without device_lock: device_hotplug_lock keeps it as it is.
 *
 * Lock order: as in `deviceOnline`.
 */
function* dlparChangeLmbState(kernel: Kernel, lmb: DrmemLmb, online: boolean): Step<number> {
  const { block } = lmb;
  // lmb_to_memblock()
  if (!(yield* findMemoryBlock(kernel, block))) return -EINVAL;
  try {
    const isOnline = (yield* block.offline.read()) === 0;
    if (isOnline === online) return 0;
    return yield* (online ? deviceOnline : deviceOffline)(kernel, block);
  } finally {
    yield* putMemoryBlock(block);
  }
}
