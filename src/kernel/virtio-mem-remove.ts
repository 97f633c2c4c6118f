import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { unregisterMemoryNotifier } from './memory-notify.ts';
import { restoreOnlinePageCallback } from './online-page-callback.ts';
import { cancelWorkSync } from './queued-work.ts';
import { removeMemory } from './remove-memory.ts';
import { MbState, nextMbOfState, setMbState, type VirtioMem } from './virtio-mem.ts';
import type { VirtioMemBlock } from './virtio-mem.ts';

/**
 * virtio_mem_remove(): the driver goes away, and leaves the memory that it cannot take along. v5.16
 * to v6.8. virtio_mem_mutex, around the list of devices, of which there is one, is left out.
 *
 * Lock order: vm->hotplug_mutex, vm->removal_lock; then the wait for the work; then as in
 * `removeMemory`, mem_hotplug_lock (read) with online_page_callback_lock, and memory_chain.rwsem
 * (write), one after the other.
 */
export function* virtioMemRemove(kernel: Kernel): Step {
  const { vm, notifier } = kernel.callbacks.virtioMem!;
  const locking = kernel.configuration.virtioMemLocking;
  const unlocked = locking === 'removes-unlocked' || locking === 'unregisters-first';
  if (unlocked) yield* setRemoving(vm);
  else yield* vm.hotplugMutex.hold(() => setRemoving(vm));
  yield* cancelWorkSync(vm.work);
  // Who onlined them later would bring pages to the buddy allocator that are not there.
  const done = new Set<VirtioMemBlock>();
  for (;;) {
    const mb = yield* nextMbOfState(vm, MbState.offlinePartial, done);
    if (mb === undefined) break;
    done.add(mb);
    const result = yield* removeMemory(kernel, mb.block);
    check(result === 0, `kernel BUG: virtio-mem could not remove ${mb.block.name}`);
    yield* setMbState(vm, mb, MbState.unused);
  }
  if (locking === 'unregisters-first') yield* unregisterMemoryNotifier(kernel, notifier);
  yield* restoreOnlinePageCallback(kernel, vm.onliner);
  if (locking !== 'unregisters-first') yield* unregisterMemoryNotifier(kernel, notifier);
}

/** Lock order: vm->removal_lock (with interrupts off). */
function* setRemoving(vm: VirtioMem): Step {
  yield* vm.removalLock.acquire();
  try {
    yield* vm.removing.write(1);
  } finally {
    yield* vm.removalLock.release();
  }
}
