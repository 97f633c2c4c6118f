import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { buildAllZonelists, withZonelistsMutex } from './zonelist.ts';

/**
 * try_online_node() (mm/memory_hotplug.c): a CPU's node is there before the CPU, with or without
 * memory. That its data cannot be allocated (-ENOMEM) is not in the model.
 *
 * Lock order: v4.18 (as in v4.19) and later: cpu_hotplug_lock (read), mem_hotplug_lock, also where
 * the node is online; v3.19: it looks first, and then takes mem_hotplug_lock. Under device_lock of
 * the CPU in all, which is one half of an inversion: see `acpiProcessorHotplug`.
 */
export function* tryOnlineNode(kernel: Kernel, nid: number): Step {
  const { online } = kernel.pgdats[nid]!;
  if (kernel.release.tryOnlineNodeLooksFirst) {
    if ((yield* online.load()) !== 0) return;
  }
  yield* memHotplugBegin(kernel);
  try {
    if ((yield* online.load()) !== 0) return;
    // hotadd_new_pgdat() (hotadd_init_pgdat()), node_set_online()
    yield* withZonelistsMutex(kernel, () => buildAllZonelists(kernel));
    yield* online.store(1);
  } finally {
    yield* memHotplugDone(kernel);
  }
}
