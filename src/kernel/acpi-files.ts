import type { Arena, Step } from '../program/index.ts';
import { acpiDeviceOf } from './acpi-companion.ts';
import { acpiHotplugSchedule } from './acpi-hotplug-work.ts';
import { acpiEvaluateOst, OstEvent, OstStatus } from './acpi-ost.ts';
import type { Configuration } from './configuration.ts';
import { EAGAIN, EINVAL, ENODEV } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { makeSysfsFile } from './sysfs-file.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';

/** /sys/firmware/acpi/hotplug/memory/enabled. */
export const hotplugEnabledPath = 'acpi/hotplug/memory/enabled';

/** The file `eject` of the device with this number; the first is PNP0C80:00. */
export function ejectPath(device: number): string {
  return `${acpiDeviceName(device)}/eject`;
}

/** The memory device with this number as /sys/devices/LNXSYSTM:00 has it. */
export function acpiDeviceName(device: number): string {
  return `PNP0C80:${device.toString(16).padStart(2, '0').toUpperCase()}`;
}

/**
 * The files of ACPI, on a machine whose memory comes in by it.
 *
 * @param blocks - of the devices, `dimmBlocks` each
 */
export function makeAcpiFiles(
  arena: Arena,
  { addPath, dimmBlocks }: Configuration,
  blocks: readonly MemoryBlock[],
): readonly SysfsFile[] {
  if (addPath !== 'acpi') return [];
  const file = (path: string, store: SysfsFile['store']): SysfsFile =>
    makeSysfsFile(arena, path, { store });
  const devices = Array.from({ length: Math.ceil(blocks.length / dimmBlocks) }, (_, device) => {
    const range = blocks.slice(device * dimmBlocks, (device + 1) * dimmBlocks);
    return file(ejectPath(device), (kernel, input) => ejectStore(kernel, range, input));
  });
  return [...devices, file(hotplugEnabledPath, hotplugEnabledStore)];
}

/**
 * eject_store() (drivers/acpi/device_sysfs.c): queues the removal and does not wait for it. All
 * releases. Whether the device may be ejected is looked at without a lock.
 *
 * Lock order: the active reference (the caller's), pool->lock.
 *
 * @returns the bytes taken; -EINVAL unless they begin with 1; -ENODEV for a device that nobody
 * handles, or where ejecting is disabled
 */
function* ejectStore(kernel: Kernel, range: readonly MemoryBlock[], input: string): Step<number> {
  if (!input.startsWith('1')) return -EINVAL;
  if ((yield* acpiDeviceOf(range).handler.load()) === 0) return -ENODEV;
  if ((yield* kernel.acpi.hotplugEnabled.load()) === 0) return -ENODEV;
  if (yield* acpiHotplugSchedule(kernel, range, OstEvent.ospmEject)) return input.length;
  yield* acpiEvaluateOst(kernel, OstEvent.ospmEject, OstStatus.failure);
  return -EAGAIN;
}

/**
 * hotplug_enabled_store(), acpi_scan_hotplug_enabled(). All releases. Lock order: the active
 * reference (the caller's), acpi_scan_lock.
 *
 * @returns the bytes taken, or -EINVAL for what is neither 0 nor 1
 */
function* hotplugEnabledStore(kernel: Kernel, input: string): Step<number> {
  const text = sysfsText(input);
  if (!/^\+?0*[01]$/.test(text)) return -EINVAL;
  const enabled = Number(text);
  const { hotplugEnabled } = kernel.acpi;
  if ((yield* hotplugEnabled.load()) === enabled) return input.length;
  yield* kernel.acpiScanLock.hold(() => hotplugEnabled.store(enabled) as Step);
  return input.length;
}
