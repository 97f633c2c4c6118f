import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { sbmPlugRequest } from './virtio-mem-plug.ts';
import { sbmUnplugRequest } from './virtio-mem-unplug.ts';

/**
 * virtio_mem_run_wq(): the work vm->wq, which brings the device to the size that the hypervisor
 * asks for. v5.16 to v6.8. The workqueue sees to it that it runs once at a time, and so must the
 * scenario; that it is tried again after a failure, by a timer, is the scenario's too.
 *
 * Lock order: as in `sbmPlugRequest` and `sbmUnplugRequest`: device_hotplug_lock and
 * vm->hotplug_mutex one after the other.
 *
 * @param requestedSize - in subblocks
 * @returns 0, or the error for which the work would be tried again
 */
export function* virtioMemRunWq(kernel: Kernel, requestedSize: number): Step<number> {
  const { vm } = kernel.callbacks.virtioMem!;
  yield* vm.workPending.store(0);
  yield* vm.wqActive.store(1);
  try {
    const missing = requestedSize - (yield* vm.pluggedSize.read());
    if (missing > 0) return yield* sbmPlugRequest(kernel, vm, missing);
    if (missing < 0) return yield* sbmUnplugRequest(kernel, vm, -missing);
    return 0;
  } finally {
    yield* vm.wqActive.store(0);
  }
}
