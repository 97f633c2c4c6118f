import { check, type Step } from '../program/index.ts';
import { allocContigRange } from './alloc-contig-range.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { offlineAndRemoveMemory } from './offline-and-remove-memory.ts';
import { pagesPerFrame } from './online-page-callback.ts';
import { adjustManagedPageCount } from './page-count.ts';
import { removeMemory } from './remove-memory.ts';
import { MbState, nextMbOfState, pluggedCount, setMbState } from './virtio-mem.ts';
import { virtioMemRetry, type VirtioMem, type VirtioMemBlock } from './virtio-mem.ts';
import { ZoneIndex } from './zone.ts';
import { pageZone } from './zone-range.ts';

/** Which blocks are unplugged first: those that are nearly gone, and offline before online. */
const unplugOrder = [
  MbState.offlinePartial,
  MbState.offline,
  MbState.movablePartial,
  MbState.kernelPartial,
  MbState.movable,
  MbState.kernel,
];

/** virtio_mem_fake_offline() tries so often in zone Movable. */
const triesInMovable = 5;

/**
 * virtio_mem_sbm_unplug_request(): the hypervisor wants so many subblocks back. v5.16 to v6.8, with
 * the module's parameter unplug_online as it is by default.
 *
 * Lock order: vm->hotplug_mutex, given back around removal of a block: there device_hotplug_lock is
 * waited for, whose holders wait for hotplug_mutex.
 *
 * @returns 0, or -EBUSY if not all could be had
 */
export function* sbmUnplugRequest(kernel: Kernel, vm: VirtioMem, subblocks: number): Step<number> {
  let left = subblocks;
  yield* vm.hotplugMutex.acquire();
  try {
    for (const state of unplugOrder) {
      const done = new Set<VirtioMemBlock>();
      for (;;) {
        const mb = left === 0 ? undefined : yield* nextMbOfState(vm, state, done, true);
        if (mb === undefined) break;
        done.add(mb);
        left -=
          state >= MbState.kernel
            ? yield* unplugAnySbOnline(kernel, vm, mb, left)
            : yield* unplugAnySbOffline(kernel, vm, mb, left);
        // cond_resched(), for which the mutex is given back, too.
        yield* vm.hotplugMutex.release();
        yield* vm.hotplugMutex.acquire();
      }
    }
    return left === 0 ? 0 : -EBUSY;
  } finally {
    yield* vm.hotplugMutex.release();
  }
}

/**
 * virtio_mem_sbm_unplug_any_sb_offline(): of a block that is offline. When nothing is left the
 * block is marked unused, so that nobody brings it online, and removed, which never fails.
 *
 * Lock order: as in {@link sbmUnplugRequest}.
 *
 * @returns how many subblocks went
 */
export function* unplugAnySbOffline(
  kernel: Kernel,
  vm: VirtioMem,
  mb: VirtioMemBlock,
  subblocks: number,
): Step<number> {
  let gone = 0;
  for (const plugged of mb.plugged.toReversed()) {
    if (gone === subblocks) break;
    if ((yield* plugged.read()) === 0) continue;
    yield* unplugSb(vm, mb, mb.plugged.indexOf(plugged));
    gone++;
  }
  const rest = yield* pluggedCount(mb);
  if (rest < mb.plugged.length) yield* setMbState(vm, mb, MbState.offlinePartial);
  if (rest > 0) return gone;
  yield* setMbState(vm, mb, MbState.unused);
  const result = yield* withoutMutex(kernel, vm, () => removeMemory(kernel, mb.block));
  check(result === 0, `kernel BUG: virtio-mem could not remove ${mb.block.name}`);
  yield* removed(vm);
  return gone;
}

/** The hypervisor takes a subblock back (virtio_mem_sbm_unplug_sb()); it never refuses here. */
function* unplugSb(vm: VirtioMem, mb: VirtioMemBlock, index: number): Step {
  yield* mb.plugged[index]!.write(0);
  yield* vm.pluggedSize.write((yield* vm.pluggedSize.read()) - 1);
}

/** What virtio_mem_remove_memory() does once the block is gone. Lock order: vm->removal_lock. */
function* removed(vm: VirtioMem): Step {
  yield* vm.offlineSize.add(-1);
  yield* virtioMemRetry(vm);
}

/**
 * virtio_mem_sbm_unplug_any_sb_online(): of a block that is online; what is in use is passed over.
 * When nothing is left the block goes offline and away. That all subblocks are tried at once first
 * is not in the model.
 *
 * Lock order: as in {@link sbmUnplugRequest}; under hotplug_mutex as in `allocContigRange`.
 *
 * @returns how many subblocks went
 */
function* unplugAnySbOnline(
  kernel: Kernel,
  vm: VirtioMem,
  mb: VirtioMemBlock,
  subblocks: number,
): Step<number> {
  let gone = 0;
  for (const plugged of mb.plugged.toReversed()) {
    if (gone === subblocks) break;
    if ((yield* plugged.read()) === 0) continue;
    const index = mb.plugged.indexOf(plugged);
    if (!(yield* fakeOffline(kernel, mb, index))) continue;
    yield* unplugSb(vm, mb, index);
    const state = yield* mb.state.read();
    if ((state - MbState.kernel) % 2 === 0) yield* setMbState(vm, mb, state + 1);
    gone++;
  }
  if ((yield* pluggedCount(mb)) > 0) return gone;
  const result = yield* withoutMutex(kernel, vm, () => offlineAndRemoveMemory(kernel, mb.block));
  if (result === 0) {
    yield* removed(vm);
    yield* setMbState(vm, mb, MbState.unused);
  }
  return gone;
}

/**
 * virtio_mem_fake_offline(): the pages of a subblock are allocated, and kept as if they were
 * offline. Lock order: vm->hotplug_mutex (the caller's), as in `allocContigRange`.
 *
 * @returns whether they could be had
 */
function* fakeOffline(kernel: Kernel, mb: VirtioMemBlock, index: number): Step<boolean> {
  const zone = yield* pageZone(kernel, mb.block);
  const tries = zone.index === ZoneIndex.movable ? triesInMovable : 1;
  for (let count = 0; count < tries; count++) {
    if ((yield* allocContigRange(kernel, mb.block, index, zone)) !== 0) continue;
    yield* adjustManagedPageCount(kernel, zone, -pagesPerFrame(kernel));
    return true;
  }
  return false;
}

/** mutex_unlock() and mutex_lock() of hotplug_mutex around removing a block. */
function* withoutMutex<T>(kernel: Kernel, vm: VirtioMem, body: () => Step<T>): Step<T> {
  if (kernel.configuration.virtioMemLocking === 'adds-under-mutex') return yield* body();
  yield* vm.hotplugMutex.release();
  try {
    return yield* body();
  } finally {
    yield* vm.hotplugMutex.acquire();
  }
}
