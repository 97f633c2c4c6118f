import type { Step } from '../program/index.ts';
import { addMemoryDriverManaged } from './add-memory.ts';
import { ENOSPC } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { PageUse } from './memory-state.ts';
import { genericOnlinePage, pagesPerFrame } from './online-page-callback.ts';
import { adjustManagedPageCount } from './page-count.ts';
import { MbState, nextMbOfState, pluggedCount, setMbState } from './virtio-mem.ts';
import type { VirtioMem, VirtioMemBlock } from './virtio-mem.ts';
import { pageZone } from './zone-range.ts';

/** offline_threshold, in blocks: 1 GiB that was added and is not online yet. */
export const offlineThreshold = 8;

/** virtio_mem_could_add_memory(). Takes no lock. */
export function* couldAddMemory(vm: VirtioMem, blocks: number): Step<boolean> {
  return (yield* vm.offlineSize.load()) + blocks <= offlineThreshold;
}

/**
 * virtio_mem_sbm_plug_request(): so many subblocks more, at first those of blocks that lack some,
 * then blocks that are not there yet. v5.16 to v6.8. The tables of states, which grow with the
 * device in the kernel, have their full size in the model.
 *
 * Lock order: vm->hotplug_mutex, released; then as in {@link sbmPlugAndAddMb}.
 *
 * @returns 0, -ENOSPC, or what add_memory_driver_managed() answered
 */
export function* sbmPlugRequest(kernel: Kernel, vm: VirtioMem, subblocks: number): Step<number> {
  const left = yield* plugPartialBlocks(kernel, vm, subblocks);
  return left === 0 ? 0 : yield* plugUnusedBlocks(kernel, vm, left);
}

const partialStates = [MbState.kernelPartial, MbState.movablePartial, MbState.offlinePartial];

/** @returns how many subblocks are still wanted */
function* plugPartialBlocks(kernel: Kernel, vm: VirtioMem, subblocks: number): Step<number> {
  let left = subblocks;
  yield* vm.hotplugMutex.acquire();
  try {
    for (const state of partialStates) {
      const done = new Set<VirtioMemBlock>();
      for (;;) {
        const mb = left === 0 ? undefined : yield* nextMbOfState(vm, state, done);
        if (mb === undefined) break;
        done.add(mb);
        left -= yield* sbmPlugAnySb(kernel, vm, mb, left);
      }
    }
    return left;
  } finally {
    yield* vm.hotplugMutex.release();
  }
}

/** Lock order: none of the driver's around it; what was found is not looked at again. */
function* plugUnusedBlocks(kernel: Kernel, vm: VirtioMem, subblocks: number): Step<number> {
  const done = new Set<VirtioMemBlock>();
  let left = subblocks;
  for (;;) {
    const mb = yield* underMutexForCounts(kernel, vm, () =>
      nextMbOfState(vm, MbState.unused, done),
    );
    if (mb === undefined || !(yield* couldAddMemory(vm, 1))) return -ENOSPC;
    done.add(mb);
    const count = Math.min(left, mb.plugged.length);
    const result = yield* sbmPlugAndAddMb(kernel, vm, mb, count);
    left -= count;
    if (result !== 0 || left === 0) return result;
  }
}

/** What the driver does not do: hotplug_mutex around its tables where no block is at work. */
function* underMutexForCounts<T>(kernel: Kernel, vm: VirtioMem, body: () => Step<T>): Step<T> {
  if (kernel.configuration.virtioMemLocking !== 'counts-under-mutex') return yield* body();
  return yield* vm.hotplugMutex.hold(body);
}

/**
 * virtio_mem_sbm_plug_and_add_mb(): the block is marked offline before it is added, so that the
 * notifier finds it so.
 *
 * Lock order: vm->hotplug_mutex is not held, or else onlining would wait for it; as in
 * `addMemoryDriverManaged`, and with auto-online as in `deviceOnline`. State and counts change
 * without the mutex.
 */
function* sbmPlugAndAddMb(
  kernel: Kernel,
  vm: VirtioMem,
  mb: VirtioMemBlock,
  count: number,
): Step<number> {
  yield* plugSubblocks(vm, mb, count);
  const isWhole = count === mb.plugged.length;
  yield* underMutexForCounts(kernel, vm, () =>
    setMbState(vm, mb, isWhole ? MbState.offline : MbState.offlinePartial),
  );
  const result = yield* addMemoryOf(kernel, vm, mb);
  if (result !== 0) {
    for (const plugged of mb.plugged) yield* plugged.write(0);
    yield* vm.pluggedSize.write((yield* vm.pluggedSize.read()) - count);
    yield* underMutexForCounts(kernel, vm, () => setMbState(vm, mb, MbState.unused));
  }
  return result;
}

/** virtio_mem_add_memory(). Lock order: as in {@link sbmPlugAndAddMb}. */
function* addMemoryOf(kernel: Kernel, vm: VirtioMem, mb: VirtioMemBlock): Step<number> {
  const add = (): Step<number> =>
    addMemoryDriverManaged(kernel, mb.block, 'System RAM (virtio_mem)');
  // It may come online at once.
  yield* vm.offlineSize.add(1);
  const wrong = kernel.configuration.virtioMemLocking === 'adds-under-mutex';
  const result = wrong ? yield* vm.hotplugMutex.hold(add) : yield* add();
  if (result !== 0) yield* vm.offlineSize.add(-1);
  return result;
}

/** virtio_mem_sbm_plug_sb(): the hypervisor gives the first subblocks that it had not given. */
function* plugSubblocks(vm: VirtioMem, mb: VirtioMemBlock, count: number): Step<number[]> {
  const given: number[] = [];
  for (const [index, plugged] of mb.plugged.entries()) {
    if (given.length === count) break;
    if ((yield* plugged.read()) === 1) continue;
    yield* plugged.write(1);
    given.push(index);
  }
  yield* vm.pluggedSize.write((yield* vm.pluggedSize.read()) + given.length);
  return given;
}

/**
 * virtio_mem_sbm_plug_any_sb(): more of a block that is there; if it is online, virtio_mem_fake_
 * online() gives the pages to the buddy allocator. Lock order: vm->hotplug_mutex (the caller's),
 * zone->lock.
 *
 * @returns how many subblocks it got
 */
function* sbmPlugAnySb(
  kernel: Kernel,
  vm: VirtioMem,
  mb: VirtioMemBlock,
  subblocks: number,
): Step<number> {
  const before = yield* mb.state.read();
  const given = yield* plugSubblocks(vm, mb, subblocks);
  if (before !== MbState.offlinePartial) {
    for (const index of given) yield* fakeOnline(kernel, mb, index);
  }
  if ((yield* pluggedCount(mb)) === mb.plugged.length) yield* setMbState(vm, mb, before - 1);
  return given.length;
}

/**
 * virtio_mem_fake_online(): a page that was kept goes to the buddy allocator. Lock order:
 * vm->hotplug_mutex (the caller's), zone->lock.
 */
export function* fakeOnline(kernel: Kernel, mb: VirtioMemBlock, index: number): Step {
  if ((yield* mb.block.frames[index]!.load()) !== PageUse.balloon) return;
  const zone = yield* pageZone(kernel, mb.block);
  yield* genericOnlinePage(mb.block, index, zone);
  yield* adjustManagedPageCount(kernel, zone, pagesPerFrame(kernel));
}
