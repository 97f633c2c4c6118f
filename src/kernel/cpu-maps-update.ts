import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * cpu_maps_update_begin(): one CPU comes, goes, or goes up or down at a time. All releases. Lock
 * order: cpu_add_remove_lock, before cpu_hotplug_lock.
 */
export function* cpuMapsUpdateBegin(kernel: Kernel): Step {
  yield* kernel.cpuAddRemoveLock.acquire();
}

/** cpu_maps_update_done(). All releases. */
export function* cpuMapsUpdateDone(kernel: Kernel): Step {
  yield* kernel.cpuAddRemoveLock.release();
}

/**
 * cpu_hotplug_disable(): no CPU goes up or down until {@link cpuHotplugEnable} was called as often;
 * suspend and PCI probing call it. All releases (v3.19: a flag that only suspend sets). Lock order:
 * cpu_add_remove_lock, taken and released.
 */
export function* cpuHotplugDisable(kernel: Kernel): Step {
  yield* addToDisabled(kernel, 1);
}

/** cpu_hotplug_enable(). All releases. Lock order: as in {@link cpuHotplugDisable}. */
export function* cpuHotplugEnable(kernel: Kernel): Step {
  yield* addToDisabled(kernel, -1);
}

function* addToDisabled(kernel: Kernel, count: number): Step {
  const { cpuHotplugDisabled } = kernel;
  yield* cpuMapsUpdateBegin(kernel);
  try {
    yield* cpuHotplugDisabled.write((yield* cpuHotplugDisabled.read()) + count);
  } finally {
    yield* cpuMapsUpdateDone(kernel);
  }
}
