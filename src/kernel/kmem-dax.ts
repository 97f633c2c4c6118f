import type { Arena, Mutex } from '../program/index.ts';
import type { Device } from './device.ts';
import { removeMemory, type BlockRemoval } from './memory-block-removal.ts';
import type { SysfsFile } from './sysfs.ts';

/** A DAX device whose memory is used as system RAM (drivers/dax/kmem.c). */
export interface KmemDax {
  /** device_lock() of the DAX device; held by whoever binds or unbinds its driver. */
  readonly lock: Mutex;
  /** /sys/bus/dax/drivers/kmem/unbind. */
  readonly unbind: SysfsFile;
}

/** @param block - the memory block that the device's memory has become */
export function makeKmemDax(arena: Arena, block: Device, removal: BlockRemoval): KmemDax {
  const lock = arena.mutex('dax device_lock');
  const unbind: SysfsFile = {
    path: 'kmem/unbind',
    active: arena.activeRef('kmem/unbind.active', { class: 'kn->active(unbind)', active: true }),
    // unbind_store(), dev_dax_kmem_remove(). Lock order: the active reference of `unbind`,
    // device_lock of the DAX device, then as in remove_memory(). That the range may stay until the
    // next boot is no error here.
    *store(kernel, input) {
      yield* lock.acquire();
      try {
        yield* removeMemory(kernel, block, removal);
        return input.length;
      } finally {
        yield* lock.release();
      }
    },
  };
  return { lock, unbind };
}
