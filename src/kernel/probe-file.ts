import type { Arena, Step, Word } from '../program/index.ts';
import { lockDeviceHotplugSysfs, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';

/** /sys/devices/system/memory/probe (CONFIG_ARCH_MEMORY_PROBE): write an address, get memory. */
export interface ProbeFile extends SysfsFile {
  /** Ranges added through the file; under mem_hotplug_lock. */
  readonly rangesAdded: Word;
}

/**
 * @param options - `returnsDirectly`: a store that did not get device_hotplug_lock returns at once,
 *   as it should; otherwise it goes through the label that unlocks (v4.20 to v5.0)
 */
export function makeProbeFile(
  arena: Arena,
  options: { readonly returnsDirectly: boolean },
): ProbeFile {
  const rangesAdded = arena.word('probe.ranges_added');
  const active = arena.activeRef('memory/probe.active', {
    class: 'kn->active(probe)',
    active: true,
  });
  return {
    path: 'memory/probe',
    active,
    rangesAdded,
    store: (kernel, input) => probeStore(kernel, rangesAdded, options.returnsDirectly, input),
  };
}

/**
 * probe_store() (drivers/base/memory.c), v4.20 on (8df1d0e4a265).
 *
 * Lock order: the file's active reference, device_hotplug_lock (by try), cpu_hotplug_lock (read),
 * mem_hotplug_lock.
 *
 * @returns the bytes taken; -EINVAL for what is no address
 */
function* probeStore(
  kernel: Kernel,
  rangesAdded: Word,
  returnsDirectly: boolean,
  input: string,
): Step<number> {
  if (!/^(0x[0-9a-f]+|[0-9]+)$/i.test(sysfsText(input))) return -EINVAL;
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0 && returnsDirectly) return locked;
  try {
    // The label `out`, below, is where the release with the bug goes from here.
    if (locked !== 0) return locked;
    return yield* addRange(kernel, rangesAdded, input.length);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/** __add_memory(), as far as it matters here. Lock order: as in {@link probeStore}. */
function* addRange(kernel: Kernel, rangesAdded: Word, bytes: number): Step<number> {
  yield* memHotplugBegin(kernel);
  try {
    yield* rangesAdded.write((yield* rangesAdded.read()) + 1);
    return bytes;
  } finally {
    yield* memHotplugDone(kernel);
  }
}
