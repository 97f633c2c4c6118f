import { check, type Step } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memoryEventName, type MemoryEventName, type MemoryNotify } from './memory-notify.ts';
import { PageUse } from './memory-state.ts';
import { makeNotifierBlock, Notify, notifierFromErrno } from './notifier-chain.ts';
import type { NotifierBlock } from './notifier-chain.ts';
import { pagesPerFrame } from './online-page-callback.ts';
import { adjustManagedPageCount } from './page-count.ts';
import {
  makeVirtioMem,
  MbState,
  setMbState,
  virtioMemRetry,
  type VirtioMem,
  type VirtioMemBlock,
} from './virtio-mem.ts';
import { couldAddMemory, offlineThreshold } from './virtio-mem-plug.ts';
import { pagesPerBlock, ZoneIndex } from './zone.ts';
import { pageZone } from './zone-range.ts';

/** A virtio-mem device and its notifier block. */
export interface VirtioMemCallback {
  readonly vm: VirtioMem;
  readonly notifier: NotifierBlock<MemoryNotify>;
}

/**
 * virtio_mem_memory_notifier_cb() (drivers/virtio/virtio_mem.c, v5.8 on): blocks of the device are
 * tracked, and nobody plugs or unplugs a part of one that is going on- or offline.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), vm->hotplug_mutex, taken in GOING_* and kept
 * when the walk is over; so the walk of the closing event has hotplug_mutex first and
 * memory_chain.rwsem second. The driver switches lockdep off around this; all walks are under
 * mem_hotplug_lock.
 */
export function makeVirtioMemCallback(site: CallbackSite): VirtioMemCallback {
  const { arena, memoryChain, kernelOf } = site;
  const { virtioMemBlocks } = site.configuration;
  const region = virtioMemBlocks === 0 ? [] : site.blocks.slice(-virtioMemBlocks);
  const vm = makeVirtioMem(arena, site.configuration, region);
  const notifier = makeNotifierBlock<MemoryNotify>(arena, memoryChain, {
    name: 'virtio-mem',
    priority: CallbackPriority.default,
    registered: true,
    *call(_self, action, { startPfn, nrPages }) {
      const kernel = kernelOf();
      const event = memoryEventName(kernel, action);
      const mb = vm.blocks.find(({ block }) => overlaps(block.startPfn, startPfn, nrPages));
      if (mb === undefined || event === undefined) return Notify.done;
      // Blocks come and go whole.
      if (nrPages !== pagesPerBlock || startPfn !== mb.block.startPfn) return Notify.bad;
      return yield* events[event](kernel, vm, mb);
    },
  });
  return { vm, notifier };
}

function overlaps(blockStart: number, startPfn: number, nrPages: number): boolean {
  return startPfn < blockStart + pagesPerBlock && blockStart < startPfn + nrPages;
}

type Handler = (kernel: Kernel, vm: VirtioMem, mb: VirtioMemBlock) => Step<number>;

const events: Readonly<Record<MemoryEventName, Handler>> = {
  goingOnline,
  goingOffline,
  online,
  offline,
  cancelOnline: (kernel, vm) => cancel(kernel, vm, nothing),
  cancelOffline: (kernel, vm, mb) => cancel(kernel, vm, () => notifyCancelOffline(kernel, mb)),
};

/**
 * Lock order: vm->hotplug_mutex, kept; with -EBUSY, while the driver goes away, it is given back
 * at once.
 *
 * @returns whether it may go on
 */
function* begin(vm: VirtioMem): Step<boolean> {
  yield* vm.hotplugMutex.acquire();
  if ((yield* vm.removing.read()) !== 0) {
    yield* vm.hotplugMutex.release();
    return false;
  }
  yield* vm.hotplugActive.write(1);
  return true;
}

function* end(vm: VirtioMem): Step {
  yield* vm.hotplugActive.write(0);
  yield* vm.hotplugMutex.release();
}

/** virtio_mem_sbm_notify_going_online(). A refusal keeps the mutex until MEM_CANCEL_ONLINE. */
function* goingOnline(_kernel: Kernel, vm: VirtioMem, mb: VirtioMemBlock): Step<number> {
  if (!(yield* begin(vm))) return notifierFromErrno(-EBUSY);
  const state = yield* mb.state.read();
  return state === MbState.offline || state === MbState.offlinePartial ? Notify.ok : Notify.bad;
}

/**
 * virtio_mem_sbm_notify_going_offline(): the driver drops its reference to pages that are not
 * plugged, so that they do not stop the block, and counts them in, as they will be counted out.
 */
function* goingOffline(kernel: Kernel, vm: VirtioMem, mb: VirtioMemBlock): Step<number> {
  if (!(yield* begin(vm))) return notifierFromErrno(-EBUSY);
  yield* eachUnplugged(kernel, mb, PageUse.offline, 1);
  return Notify.ok;
}

/** virtio_mem_sbm_notify_cancel_offline(). */
function* notifyCancelOffline(kernel: Kernel, mb: VirtioMemBlock): Step {
  yield* eachUnplugged(kernel, mb, PageUse.balloon, -1);
}

function* eachUnplugged(kernel: Kernel, mb: VirtioMemBlock, use: number, sign: 1 | -1): Step {
  const zone = yield* pageZone(kernel, mb.block);
  for (const [index, plugged] of mb.plugged.entries()) {
    if ((yield* plugged.read()) === 1) continue;
    yield* adjustManagedPageCount(kernel, zone, sign * pagesPerFrame(kernel));
    yield* mb.block.frames[index]!.store(use);
  }
}

/** virtio_mem_sbm_notify_online(). Lock order: hotplug_mutex, taken before, given back here. */
function* online(kernel: Kernel, vm: VirtioMem, mb: VirtioMemBlock): Step<number> {
  const state = yield* mb.state.read();
  const isOffline = state === MbState.offline || state === MbState.offlinePartial;
  check(isOffline, `kernel BUG: ${mb.block.name} of virtio-mem comes online in state ${state}`);
  const movable = (yield* pageZone(kernel, mb.block)).index === ZoneIndex.movable;
  const whole = movable ? MbState.movable : MbState.kernel;
  yield* setMbState(vm, mb, whole + (state - MbState.offline));
  yield* vm.offlineSize.add(-1);
  const idle = (yield* vm.wqActive.load()) === 0;
  if (idle && (yield* couldAddMemory(vm, offlineThreshold / 2))) yield* virtioMemRetry(vm);
  yield* end(vm);
  return Notify.ok;
}

/** virtio_mem_sbm_notify_offline(). Lock order: as in {@link online}. */
function* offline(_kernel: Kernel, vm: VirtioMem, mb: VirtioMemBlock): Step<number> {
  const state = yield* mb.state.read();
  check(state >= MbState.kernel, `kernel BUG: ${mb.block.name} goes offline in state ${state}`);
  const isPartial = (state - MbState.kernel) % 2 === 1;
  yield* setMbState(vm, mb, isPartial ? MbState.offlinePartial : MbState.offline);
  yield* vm.offlineSize.add(1);
  yield* end(vm);
  return Notify.ok;
}

/**
 * MEM_CANCEL_ONLINE and MEM_CANCEL_OFFLINE come here also if the event that they cancel did not:
 * then hotplug_mutex is not held, and there is nothing to undo.
 */
function* cancel(kernel: Kernel, vm: VirtioMem, undo: () => Step): Step<number> {
  const asks = kernel.configuration.virtioMemLocking !== 'closes-unasked';
  if (asks && (yield* vm.hotplugActive.read()) === 0) return Notify.ok;
  yield* undo();
  yield* end(vm);
  return Notify.ok;
}

// eslint-disable-next-line require-yield -- a step that takes no operation
function* nothing(): Step {
  // A block that did not come online is as it was.
}
