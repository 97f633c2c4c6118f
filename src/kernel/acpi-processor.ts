import type { Step } from '../program/index.ts';
import { acpiEvaluateOst, OstEvent, OstStatus, ostStatusOf } from './acpi-ost.ts';
import { cpusWriteLock, cpusWriteUnlock } from './cpu-hotplug-lock.ts';
import { cpuMapsUpdateBegin, cpuMapsUpdateDone } from './cpu-maps-update.ts';
import type { Cpu } from './cpu.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { deviceOffline } from './device-online.ts';
import { EBUSY } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { registerCpu, unregisterCpu } from './register-cpu.ts';
import { tryOfflineNode } from './try-offline-node.ts';

/**
 * acpi_device_hotplug() for a device check of a processor: the machine gets a CPU. All releases
 * since v3.10. The work that runs it, on the workqueue kacpi_hotplug, is not in the model.
 *
 * CPU devices have the same inversion as memory blocks: here cpu_hotplug_lock comes before
 * device_lock, in a write to `online` it is the other way round (`deviceOnline`, `cpuUp`). Only
 * device_hotplug_lock keeps the two apart.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, then as in {@link acpiProcessorAdd}.
 */
export function* acpiProcessorHotplug(kernel: Kernel, cpu: Cpu): Step<number> {
  return yield* underScanLock(kernel, function* () {
    yield* acpiProcessorAdd(kernel, cpu);
    yield* acpiEvaluateOst(kernel, OstEvent.deviceCheck, OstStatus.success);
    return 0;
  });
}

/**
 * acpi_device_hotplug() for an eject request of a processor. All releases since v3.10.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, then as in {@link acpiScanTryToOffline} and
 * {@link acpiProcessorRemove}.
 *
 * @returns 0, or -EBUSY if the CPU cannot go offline
 */
export function* acpiProcessorEject(
  kernel: Kernel,
  cpu: Cpu,
  event: number = OstEvent.ejectRequest,
): Step<number> {
  return yield* underScanLock(kernel, function* () {
    yield* acpiEvaluateOst(kernel, event, OstStatus.ejectInProgress);
    const result = yield* acpiScanTryToOffline(kernel, cpu);
    // acpi_bus_trim()
    if (result === 0) yield* acpiProcessorRemove(kernel, cpu);
    yield* acpiEvaluateOst(kernel, event, ostStatusOf(result));
    return result;
  });
}

function* underScanLock(kernel: Kernel, body: () => Step<number>): Step<number> {
  const locks = !kernel.configuration.cpuAddUnguarded;
  if (locks) yield* lockDeviceHotplug(kernel);
  try {
    yield* kernel.acpiScanLock.acquire();
    try {
      return yield* body();
    } finally {
      yield* kernel.acpiScanLock.release();
    }
  } finally {
    if (locks) yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * acpi_processor_add() (drivers/acpi/acpi_processor.c). All releases. A CPU that is there already
 * stays as it is.
 *
 * Lock order: as in {@link acpiProcessorHotaddInit}; physical_node_lock (acpi_bind_one());
 * device_lock of the CPU (device_attach(), for the processor driver, which is left out).
 */
function* acpiProcessorAdd(kernel: Kernel, cpu: Cpu): Step {
  if ((yield* cpu.present.load()) !== 0) return;
  yield* acpiProcessorHotaddInit(kernel, cpu);
  yield* setBound(cpu, 1);
  yield* cpu.lock.acquire();
  yield* cpu.lock.release();
}

/**
 * acpi_processor_hotadd_init(): acpi_map_cpu() makes the CPU present, arch_register_cpu() publishes
 * its device. All releases. That either fails is not in the model.
 *
 * Lock order: cpu_add_remove_lock, cpu_hotplug_lock (write), device_lock of the new CPU.
 */
function* acpiProcessorHotaddInit(kernel: Kernel, cpu: Cpu): Step {
  yield* withCpuMaps(kernel, function* () {
    yield* cpu.present.store(1);
    yield* registerCpu(kernel, cpu);
  });
}

/**
 * acpi_processor_remove(). All releases. The CPU is offline, and device_hotplug_lock keeps it so.
 *
 * Lock order: device_lock of the CPU (device_release_driver()); physical_node_lock; then
 * cpu_add_remove_lock, cpu_hotplug_lock (write), as in `unregisterCpu`; try_offline_node() after
 * both, without mem_hotplug_lock.
 */
function* acpiProcessorRemove(kernel: Kernel, cpu: Cpu): Step {
  if ((yield* cpu.present.load()) === 0) return;
  yield* cpu.lock.acquire();
  yield* cpu.lock.release();
  yield* setBound(cpu, 0);
  yield* withCpuMaps(kernel, function* () {
    yield* unregisterCpu(kernel, cpu);
    // acpi_unmap_cpu()
    yield* cpu.present.store(0);
  });
  yield* tryOfflineNode(kernel, cpu.nid);
}

/** Lock order: cpu_add_remove_lock, cpu_hotplug_lock (write). All releases. */
function* withCpuMaps(kernel: Kernel, body: () => Step): Step {
  yield* cpuMapsUpdateBegin(kernel);
  try {
    yield* cpusWriteLock(kernel);
    try {
      yield* body();
    } finally {
      yield* cpusWriteUnlock(kernel);
    }
  } finally {
    yield* cpuMapsUpdateDone(kernel);
  }
}

/**
 * acpi_scan_try_to_offline(), acpi_bus_offline(): as for memory two passes, of one device here, so
 * that a failure leaves nothing to bring back. All releases.
 *
 * Lock order: physical_node_lock, device_lock of the CPU, as in `cpuDown`.
 */
function* acpiScanTryToOffline(kernel: Kernel, cpu: Cpu): Step<number> {
  for (let pass = 1; pass <= 2; pass++) {
    yield* cpu.physicalNodeLock.acquire();
    try {
      if ((yield* cpu.acpiBound.read()) === 0) return 0;
      if ((yield* deviceOffline(kernel, cpu)) >= 0) return 0;
    } finally {
      yield* cpu.physicalNodeLock.release();
    }
  }
  return -EBUSY;
}

/** acpi_bind_one(), acpi_unbind_one(). All releases. Lock order: physical_node_lock. */
function* setBound(cpu: Cpu, bound: number): Step {
  yield* cpu.physicalNodeLock.acquire();
  try {
    yield* cpu.acpiBound.write(bound);
  } finally {
    yield* cpu.physicalNodeLock.release();
  }
}
