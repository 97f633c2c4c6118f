import { check, type Step } from '../program/index.ts';
import { ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { buildAllZonelists, withZonelistsMutex } from './zonelist.ts';

/**
 * try_online_node() (mm/memory_hotplug.c): a CPU's node is there before the CPU, with or without
 * memory.
 *
 * Lock order: v4.18 (as in v4.19) and later: cpu_hotplug_lock (read), mem_hotplug_lock, also where
 * the node is online; v3.19: it looks first, and then takes mem_hotplug_lock. Under device_lock of
 * the CPU in all, which is one half of an inversion: see `acpiProcessorHotplug`.
 *
 * @returns 0, or -ENOMEM
 */
export function* tryOnlineNode(kernel: Kernel, nid: number): Step<number> {
  const { online } = kernel.pgdats[nid]!;
  if (kernel.release.tryOnlineNodeLooksFirst) {
    if ((yield* online.load()) !== 0) return 0;
  }
  yield* memHotplugBegin(kernel);
  try {
    if ((yield* online.load()) !== 0) return 0;
    const result = yield* makeNode(kernel);
    if (result !== 0) return result;
    yield* online.store(1);
    registerOneNode(kernel);
    return 0;
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * hotadd_new_pgdat() (hotadd_init_pgdat()): a node that was not there has its structures before the
 * memory or CPU, and is in the zone lists of others; it is online only after. All releases.
 *
 * Lock order: under mem_hotplug_lock; as in `buildAllZonelists`, v3.19: zonelists_mutex around it.
 *
 * @returns 0; -ENOMEM where the configuration's `failingAdd` is pgdat
 */
export function* makeNode(kernel: Kernel): Step<number> {
  if (kernel.configuration.failingAdd === 'pgdat') return -ENOMEM;
  yield* withZonelistsMutex(kernel, () => buildAllZonelists(kernel));
  return 0;
}

/**
 * register_one_node() of a node that is online already, which nothing can take back any more: a
 * BUG_ON(). All releases. Takes no lock of the model.
 */
export function registerOneNode({ configuration }: Kernel): void {
  check(
    configuration.failingAdd !== 'node-device',
    'kernel BUG: the device of a node that is online cannot be registered',
  );
}
