import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import { addMemoryDriverManaged } from './add-memory.ts';
import { EBUSY, ENODEV } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { memoryGroupRegisterStatic, memoryGroupUnregister, noGroup } from './memory-group.ts';
import { removeMemory } from './remove-memory.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';
import { adjacentRanges } from './walk-memory-blocks.ts';
import { pagesPerBlock } from './zone.ts';

/** A DAX device whose memory can be used as system RAM (drivers/dax/kmem.c). */
export interface KmemDax {
  readonly name: string;
  /** device_lock() of the DAX device; held by whoever binds or unbinds its driver. */
  readonly lock: Mutex;
  /** Its ranges, which become memory blocks. */
  readonly ranges: readonly KmemRange[];
  /** dev->driver: whether kmem has the device; under its device_lock. */
  readonly bound: Word;
  /** data->mgid, or -1; under device_lock. */
  readonly groupId: Word;
  /** any_hotremove_failed: a range stays until the next boot; atomic. */
  readonly removalFailed: Word;
  /** /sys/bus/dax/drivers/kmem/bind and unbind. */
  readonly files: readonly SysfsFile[];
}

interface KmemRange {
  readonly blocks: readonly MemoryBlock[];
  /** data->res[i]: the driver's claim in /proc/iomem; under resource_lock. */
  readonly region: Word;
}

/**
 * The device dax0.0.
 *
 * @param options - `bound`: the driver has it at first, and its blocks are there; default no
 */
export function makeKmemDax(
  arena: Arena,
  blocks: readonly MemoryBlock[],
  { bound = false }: { readonly bound?: boolean } = {},
): KmemDax {
  const name = 'dax0.0';
  const first = bound ? 1 : 0;
  const file = (what: string, store: (kernel: Kernel) => Step<number>): SysfsFile => ({
    path: `kmem/${what}`,
    active: arena.activeRef(`kmem/${what}.active`, { class: `kn->active(${what})`, active: true }),
    // bus_find_device_by_name()
    *store(kernel, input) {
      if (sysfsText(input) !== name) return -ENODEV;
      const result = yield* store(kernel);
      return result < 0 ? result : input.length;
    },
  });
  const dax: KmemDax = {
    name,
    lock: arena.mutex('dax device_lock'),
    ranges: adjacentRanges(blocks).map((range, at) => ({
      blocks: range,
      region: arena.word(`${name}.region${at}`, first),
    })),
    bound: arena.word(`${name}.driver`, first),
    groupId: arena.word(`${name}.mgid`, noGroup),
    removalFailed: arena.word('kmem.any_hotremove_failed'),
    files: [
      file('bind', (kernel) => bindStore(kernel, dax)),
      file('unbind', (kernel) => unbindStore(kernel, dax)),
    ],
  };
  return dax;
}

/**
 * bind_store() (drivers/base/bus.c), device_driver_attach(). v6.1, v6.8.
 *
 * Lock order: the active reference of `bind`, device_lock of the DAX device, and under that, the
 * other way round than in the store of a block's `state`, device_hotplug_lock: of another device.
 */
function* bindStore(kernel: Kernel, dax: KmemDax): Step<number> {
  yield* dax.lock.acquire();
  try {
    if ((yield* dax.bound.read()) !== 0) return -EBUSY;
    const result = yield* devDaxKmemProbe(kernel, dax);
    if (result === 0) yield* dax.bound.write(1);
    return result;
  } finally {
    yield* dax.lock.release();
  }
}

/**
 * unbind_store() (drivers/base/bus.c), device_driver_detach(). v6.1, v6.8. It succeeds even if the
 * memory stays.
 *
 * Lock order: the active reference of `unbind`, device_lock of the DAX device, as in
 * `removeMemory`.
 */
function* unbindStore(kernel: Kernel, dax: KmemDax): Step<number> {
  yield* dax.lock.acquire();
  try {
    if ((yield* dax.bound.read()) === 0) return -ENODEV;
    yield* devDaxKmemRemove(kernel, dax);
    yield* dax.bound.write(0);
    return 0;
  } finally {
    yield* dax.lock.release();
  }
}

/**
 * dev_dax_kmem_probe(): the ranges become memory of one group. v6.1, v6.8. A range that fails after
 * another was added is passed over, since what was added may not go offline again.
 *
 * Lock order: device_lock of the DAX device (the driver core's), resource_lock, as in `addMemory`.
 *
 * @returns 0, -EBUSY for a range that somebody has, or what add_memory() answered
 */
function* devDaxKmemProbe(kernel: Kernel, dax: KmemDax): Step<number> {
  const blocks = dax.ranges.flatMap((range) => range.blocks);
  const pages = blocks.length * pagesPerBlock;
  const group = yield* memoryGroupRegisterStatic(kernel, blocks[0]!.physicalNid, pages);
  if (group < 0) return group;
  let mapped = 0;
  let failure = 0;
  for (const range of dax.ranges) {
    const result = yield* addRange(kernel, range, group);
    if (result === 0) mapped++;
    else if (mapped === 0) {
      failure = result;
      break;
    }
  }
  if (mapped === 0) {
    yield* memoryGroupUnregister(kernel, group);
    return failure;
  }
  yield* dax.groupId.write(group);
  return 0;
}

/** request_mem_region(), add_memory_driver_managed(). Lock order: as in {@link devDaxKmemProbe}. */
function* addRange(kernel: Kernel, { blocks, region }: KmemRange, group: number): Step<number> {
  if ((yield* setRegion(kernel, region, 1)) !== 0) return -EBUSY;
  const result = yield* addMemoryDriverManaged(kernel, blocks, 'System RAM (kmem)', { group });
  if (result !== 0) yield* setRegion(kernel, region, 0);
  return result;
}

/**
 * dev_dax_kmem_remove(): blocks that user space has not taken offline before stay until the next
 * boot. v6.1, v6.8. Lock order: device_lock of the DAX device, as in `removeMemory`.
 */
function* devDaxKmemRemove(kernel: Kernel, dax: KmemDax): Step {
  let removed = 0;
  for (const { blocks, region } of dax.ranges) {
    // A range that was passed over when the driver was bound; nobody else writes it then.
    if ((yield* region.read()) === 0) {
      removed++;
      continue;
    }
    if ((yield* removeMemory(kernel, blocks)) === 0) {
      yield* setRegion(kernel, region, 0);
      removed++;
    } else {
      yield* dax.removalFailed.store(1);
    }
  }
  const group = yield* dax.groupId.read();
  if (removed < dax.ranges.length || group === noGroup) return;
  yield* memoryGroupUnregister(kernel, group);
  yield* dax.groupId.write(noGroup);
}

/** request_mem_region(), release_resource(). Lock order: resource_lock. @returns what it was. */
function* setRegion(kernel: Kernel, region: Word, claimed: number): Step<number> {
  yield* kernel.resourceLock.acquireWrite();
  try {
    const before = yield* region.read();
    yield* region.write(claimed);
    return before;
  } finally {
    yield* kernel.resourceLock.releaseWrite();
  }
}
