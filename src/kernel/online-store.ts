import type { Step } from '../program/index.ts';
import { lockDeviceHotplugSysfs, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import type { Device } from './device.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { TruthValues } from './sysfs-release.ts';

/**
 * The store of `online`, of memory blocks and CPUs alike (online_store() in drivers/base/core.c).
 * All releases.
 *
 * Lock order: device_hotplug_lock (by try), device_lock, then what the bus takes. In v4.18 nothing
 * on this path takes mem_hotplug_lock: 30467e0b3be8 had moved it into the store of `state`.
 *
 * @returns the bytes taken, also where the device is in that state already; -EINVAL for what is no
 * truth value
 */
export function* onlineStore(kernel: Kernel, device: Device, input: string): Step<number> {
  const wanted = truthValue(input, kernel.release.truthValues);
  if (wanted === undefined) return -EINVAL;
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    const result = wanted
      ? yield* deviceOnline(kernel, device)
      : yield* deviceOffline(kernel, device);
    return result < 0 ? result : input.length;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * kstrtobool(), strtobool() in v3.19: only the first letter or two count. `on` and `off` came with
 * v4.6, `true` and `false` with 0d6ea3ac94ca (v5.19).
 */
export function truthValue(input: string, known: TruthValues): boolean | undefined {
  const [yes, no] = spellings[known];
  if (yes.test(input)) return true;
  return no.test(input) ? false : undefined;
}

const spellings: Readonly<Record<TruthValues, readonly [RegExp, RegExp]>> = {
  letters: [/^[yY1]/, /^[nN0]/],
  lettersAndOn: [/^([yY1]|[oO][nN])/, /^([nN0]|[oO][fF])/],
  lettersOnAndTrue: [/^([yYtT1]|[oO][nN])/, /^([nNfF0]|[oO][fF])/],
};
