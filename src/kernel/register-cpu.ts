import type { Step } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { deviceAdd } from './device-add.ts';
import { deviceDel } from './device-del.ts';
import type { Kernel } from './kernel.ts';

/**
 * arch_register_cpu(), register_cpu() (drivers/base/cpu.c): the CPU's device is published, with its
 * `online` file. All releases. A CPU that was not there at boot gets no `hotplug` directory:
 * cpuhp_sysfs_init() makes them once.
 *
 * Lock order: cpu_add_remove_lock, cpu_hotplug_lock (write; both the caller's), device_lock of the
 * new device (`deviceAdd`): the other half of the inversion.
 */
export function* registerCpu(kernel: Kernel, cpu: Cpu): Step {
  yield* cpu.offline.write((yield* cpu.online.load()) === 0 ? 1 : 0);
  yield* cpu.dead.write(0);
  yield* deviceAdd(kernel, cpu);
}

/**
 * arch_unregister_cpu(), unregister_cpu(): takes the device away. All releases.
 *
 * Lock order: cpu_add_remove_lock, cpu_hotplug_lock (write; both the caller's), as in `deviceDel`:
 * so the active references of `online` are drained under cpu_hotplug_lock, which a writer inside
 * the file may wait for.
 */
export function* unregisterCpu(kernel: Kernel, cpu: Cpu): Step {
  yield* deviceDel(kernel, cpu);
  // kobject_del(): what else is in the directory goes with it.
  for (const file of cpu.hotplugFiles) yield* file.active.drain();
  yield* cpu.hotplugFolder.onBus.store(0);
}
