import { check, type Step } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOffline, deviceOnline } from './device-online.ts';
import type { Kernel } from './kernel.ts';

/**
 * add_cpu(): brings a CPU online for a caller within the kernel, such as torture tests. v6.1, v6.8
 * (v5.7). It does not ask whether the CPU has a device: one that is possible and not present has
 * none.
 *
 * Lock order: device_hotplug_lock, device_lock of the CPU, as in `cpuUp`.
 */
export function* addCpu(kernel: Kernel, cpu: Cpu): Step<number> {
  return yield* underDeviceHotplugLock(kernel, cpu, () => deviceOnline(kernel, cpu));
}

/** remove_cpu(). v6.1, v6.8 (v5.7). Lock order: as in {@link addCpu}, then as in `cpuDown`. */
export function* removeCpu(kernel: Kernel, cpu: Cpu): Step<number> {
  return yield* underDeviceHotplugLock(kernel, cpu, () => deviceOffline(kernel, cpu));
}

function* underDeviceHotplugLock(kernel: Kernel, cpu: Cpu, body: () => Step<number>): Step<number> {
  yield* lockDeviceHotplug(kernel);
  try {
    // get_cpu_device()
    const isThere = (yield* cpu.onBus.load()) !== 0;
    check(isThere, `NULL pointer dereference: ${cpu.name} is possible, and has no device`);
    return yield* body();
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}
