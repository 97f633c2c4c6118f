import type { Step } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { cpusWriteLock, cpusWriteUnlock } from './cpu-hotplug-lock.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/**
 * cpu_up() (kernel/cpu.c). All releases.
 *
 * Lock order: device_hotplug_lock, device_lock of the CPU (both from its `online` file),
 * try_online_node()'s locks, taken and released; then cpu_add_remove_lock, cpu_hotplug_lock
 * (write).
 */
export function* cpuUp(kernel: Kernel, cpu: Cpu): Step<number> {
  yield* tryOnlineNode(kernel);
  return yield* setOnline(kernel, cpu, 1);
}

/**
 * cpu_down() (kernel/cpu.c). All releases; in v6.1 a kworker takes cpu_hotplug_lock for the writer,
 * who waits for it.
 *
 * Lock order: device_hotplug_lock, device_lock of the CPU, cpu_add_remove_lock, cpu_hotplug_lock
 * (write).
 */
export function* cpuDown(kernel: Kernel, cpu: Cpu): Step<number> {
  return yield* setOnline(kernel, cpu, 0);
}

/**
 * cpu_maps_update_begin(), _cpu_up() or _cpu_down(). Lock order: cpu_add_remove_lock,
 * cpu_hotplug_lock (write).
 */
function* setOnline(kernel: Kernel, cpu: Cpu, online: number): Step<number> {
  yield* kernel.cpuAddRemoveLock.acquire();
  try {
    yield* cpusWriteLock(kernel);
    try {
      if ((yield* cpu.online.load()) === online) return -EINVAL;
      yield* cpu.online.store(online);
      return 0;
    } finally {
      yield* cpusWriteUnlock(kernel);
    }
  } finally {
    yield* kernel.cpuAddRemoveLock.release();
  }
}

/**
 * try_online_node() (mm/memory_hotplug.c): a CPU's node must be there before the CPU. Here it is,
 * since boot.
 *
 * Lock order: v4.18 (as in v4.19), v4.20, v6.1: cpu_hotplug_lock (read), mem_hotplug_lock, although
 * the node is online; v3.19: nothing, it looks first. Under device_lock of the CPU in all.
 */
function* tryOnlineNode(kernel: Kernel): Step {
  if (kernel.release.tryOnlineNodeLooksFirst) {
    if ((yield* kernel.pgdat.online.load()) !== 0) return;
  }
  yield* memHotplugBegin(kernel);
  try {
    if ((yield* kernel.pgdat.online.load()) === 0) yield* kernel.pgdat.online.store(1);
  } finally {
    yield* memHotplugDone(kernel);
  }
}
