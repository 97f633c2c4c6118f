import type { Arena, Step } from '../program/index.ts';
import { addMemoryWithResource } from './add-memory.ts';
import { addMemoryAt, blockBytes } from './address-range.ts';
import { lockDeviceHotplugSysfs, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { kstrtoull } from './kstrtoull.ts';
import { makeSysfsFile } from './sysfs-file.ts';
import type { SysfsFile } from './sysfs.ts';

/** The file `probe`, of kernels built with CONFIG_ARCH_MEMORY_PROBE. */
export function makeProbeFile(arena: Arena): SysfsFile {
  return makeSysfsFile(arena, 'probe', { store: probeStore });
}

/**
 * probe_store() (memory_probe_store() before v5.x): adds the block at a physical address.
 *
 * Lock order: v3.19, v4.18: nothing here: add_memory() without device_hotplug_lock; v4.20 and
 * later: device_hotplug_lock (by try), then as in `addMemoryResource`. v4.20 gives the lock back
 * even if it did not get it, and so takes it from whoever holds it (37803841c92d).
 *
 * @returns the bytes taken; -EINVAL, -ERANGE for what is no block's address, -EEXIST for memory
 * that is there, -E2BIG beyond 46 bits, and -ENOMEM for a block that the model has no room for
 */
function* probeStore(kernel: Kernel, input: string): Step<number> {
  const address = kstrtoull(input);
  if (typeof address === 'number') return address;
  if (address % blockBytes !== 0n) return -EINVAL;
  const result = yield* probe(kernel, address);
  return result < 0 ? result : input.length;
}

function* probe(kernel: Kernel, start: bigint): Step<number> {
  const range = { start, bytes: blockBytes };
  if (!kernel.release.probeTakesDeviceHotplugLock) {
    return yield* addMemoryAt(kernel, range);
  }
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) {
    if (kernel.release.probeAlwaysUnlocks) yield* unlockDeviceHotplug(kernel);
    return locked;
  }
  try {
    return yield* addMemoryAt(kernel, range, addMemoryWithResource);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}
