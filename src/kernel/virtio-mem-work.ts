import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { processOneWork } from './queued-work.ts';
import { sbmPlugRequest } from './virtio-mem-plug.ts';
import { sbmUnplugRequest } from './virtio-mem-unplug.ts';
import { virtioMemRetry, type VirtioMem } from './virtio-mem.ts';

/**
 * virtio_mem_config_changed(): the hypervisor asks for another size. v5.8 on. Lock order:
 * vm->removal_lock, pool->lock.
 *
 * @param requestedSize - in subblocks
 */
export function* virtioMemConfigChanged(kernel: Kernel, requestedSize: number): Step {
  const { vm } = kernel.callbacks.virtioMem!;
  yield* vm.requestedSize.store(requestedSize);
  yield* virtioMemRetry(vm);
}

/**
 * A worker comes to the work vm->wq, if it is queued. That it is tried again after a failure, by a
 * timer, is left to the scenario. Lock order: pool->lock; then as in {@link virtioMemRunWq}.
 *
 * @returns what it did, or undefined if it was not queued
 */
export function* virtioMemWorker(kernel: Kernel): Step<number | undefined> {
  const { vm } = kernel.callbacks.virtioMem!;
  return yield* processOneWork(vm.work, () => virtioMemRunWq(kernel, vm));
}

/**
 * virtio_mem_run_wq(): brings the device to the size that the hypervisor asks for. v5.16 to v6.8.
 *
 * Lock order: as in `sbmPlugRequest` and `sbmUnplugRequest`: device_hotplug_lock and
 * vm->hotplug_mutex one after the other.
 *
 * @returns 0, or the error for which the work would be tried again
 */
function* virtioMemRunWq(kernel: Kernel, vm: VirtioMem): Step<number> {
  yield* vm.wqActive.store(1);
  try {
    const missing = (yield* vm.requestedSize.load()) - (yield* vm.pluggedSize.read());
    if (missing > 0) return yield* sbmPlugRequest(kernel, vm, missing);
    if (missing < 0) return yield* sbmUnplugRequest(kernel, vm, -missing);
    return 0;
  } finally {
    yield* vm.wqActive.store(0);
  }
}
