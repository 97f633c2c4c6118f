import type { Arena, Step, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { EBUSY, EINVAL, ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { pagesPerBlock } from './zone.ts';

/** What a memory group is: none yet, one device of fixed size, or one that grows by units. */
const GroupKind = { none: 0, static: 1, dynamic: 2 } as const;

/** struct memory_group (include/linux/memory.h): the memory of one physical device. */
export interface MemoryGroup {
  /** Whether it is registered, and as what; atomic: xa_lock of `memory_groups` is a leaf. */
  readonly kind: Word;
  /** Written before anybody knows the group's id. */
  readonly nid: Word;
  /** max_pages of a static group, unit_pages of a dynamic one; as `nid`. */
  readonly pages: Word;
  /** Length of the list of its blocks; under device_hotplug_lock. */
  readonly blocks: Word;
  /** Pages of it that are online in a kernel zone, and in Movable; under mem_hotplug_lock. */
  readonly presentKernelPages: Word;
  readonly presentMovablePages: Word;
}

/** No group, as a block or a device remembers it. */
export const noGroup = -1;

/** There is room for a group a block. */
export function makeMemoryGroups(
  arena: Arena,
  { blocksMax }: Configuration,
): readonly MemoryGroup[] {
  return Array.from({ length: blocksMax }, (_, id) => ({
    kind: arena.word(`group${id}.kind`),
    nid: arena.word(`group${id}.nid`),
    pages: arena.word(`group${id}.pages`),
    blocks: arena.word(`group${id}.blocks`),
    presentKernelPages: arena.word(`group${id}.present_kernel_pages`),
    presentMovablePages: arena.word(`group${id}.present_movable_pages`),
  }));
}

/**
 * memory_group_register_static(). v6.1, v6.8 (v5.15). Lock order: none.
 *
 * @returns the group's id; -EINVAL for no pages or a node that cannot be
 */
export function* memoryGroupRegisterStatic(
  kernel: Kernel,
  nid: number,
  maxPages: number,
): Step<number> {
  if (maxPages === 0) return -EINVAL;
  return yield* memoryGroupRegister(kernel, GroupKind.static, nid, maxPages);
}

/**
 * memory_group_register_dynamic(). v6.1, v6.8 (v5.15). Lock order: none.
 *
 * @returns the group's id; -EINVAL also for a unit that is no power of two or less than a block
 */
export function* memoryGroupRegisterDynamic(
  kernel: Kernel,
  nid: number,
  unitPages: number,
): Step<number> {
  const isPowerOfTwo = unitPages > 0 && (unitPages & (unitPages - 1)) === 0;
  if (!isPowerOfTwo || unitPages < pagesPerBlock) return -EINVAL;
  return yield* memoryGroupRegister(kernel, GroupKind.dynamic, nid, unitPages);
}

/** memory_group_register(), xa_alloc(). -ENOMEM where the model has no room for one more. */
function* memoryGroupRegister(
  kernel: Kernel,
  kind: number,
  nid: number,
  pages: number,
): Step<number> {
  if (kernel.pgdats[nid] === undefined) return -EINVAL;
  for (const [id, group] of kernel.memoryGroups.entries()) {
    if ((yield* group.kind.compareExchange(GroupKind.none, kind)) !== GroupKind.none) continue;
    yield* group.nid.write(nid);
    yield* group.pages.write(pages);
    return id;
  }
  return -ENOMEM;
}

/**
 * memory_group_unregister(). v6.1, v6.8. Lock order: none; the caller sees to it that nobody adds
 * memory to the group meanwhile.
 *
 * @returns 0, -EINVAL for an id that nobody has, or -EBUSY while blocks belong to the group
 */
export function* memoryGroupUnregister(kernel: Kernel, id: number): Step<number> {
  const group = yield* memoryGroupFindById(kernel, id);
  if (group === undefined) return -EINVAL;
  if ((yield* group.blocks.read()) !== 0) return -EBUSY;
  yield* group.kind.store(GroupKind.none);
  return 0;
}

/** memory_group_find_by_id(). v6.1, v6.8. Lock order: none. */
export function* memoryGroupFindById(kernel: Kernel, id: number): Step<MemoryGroup | undefined> {
  const group = kernel.memoryGroups[id];
  if (group === undefined) return undefined;
  return (yield* group.kind.load()) === GroupKind.none ? undefined : group;
}

/** The part of init_memory_block() that is about groups. Lock order: as in `addMemoryBlock`. */
export function* joinMemoryGroup(kernel: Kernel, block: MemoryBlock, id: number): Step {
  if (id === noGroup) return;
  const { blocks } = kernel.memoryGroups[id]!;
  yield* block.group.write(id);
  yield* blocks.write((yield* blocks.read()) + 1);
}

/** The part of remove_memory_block() that is about groups. Lock order: as in `unregisterMemory`. */
export function* leaveMemoryGroup(kernel: Kernel, block: MemoryBlock): Step {
  if (!kernel.release.hasMemoryGroups) return;
  const id = yield* block.group.read();
  if (id === noGroup) return;
  const { blocks } = kernel.memoryGroups[id]!;
  yield* blocks.write((yield* blocks.read()) - 1);
  yield* block.group.write(noGroup);
}

/**
 * The part of adjust_present_page_count() that is about groups. v6.1, v6.8. Lock order: under
 * mem_hotplug_lock.
 */
export function* adjustGroupPages(
  kernel: Kernel,
  block: MemoryBlock,
  movable: boolean,
  pages: number,
): Step {
  if (!kernel.release.hasMemoryGroups) return;
  const id = yield* block.group.read();
  if (id === noGroup) return;
  const group = kernel.memoryGroups[id]!;
  const present = movable ? group.presentMovablePages : group.presentKernelPages;
  yield* present.write((yield* present.read()) + pages);
}
