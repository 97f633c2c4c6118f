import { scenario, type AgentFunction, type Scenario, type Step } from '../src/program/index.ts';
import {
  lockDeviceHotplug,
  lockDeviceHotplugSysfs,
  unlockDeviceHotplug,
} from '../src/kernel/device-hotplug-lock.ts';
import type { Device } from '../src/kernel/device.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { memHotplugBegin, memHotplugDone } from '../src/kernel/mem-hotplug-lock.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  /** The device that is removed: memory32, offline. */
  readonly removed: Device;
}

/**
 * The store of `online` (drivers/base/core.c), as far as its outer locks go: nothing changes, since
 * the block is asked to stay offline.
 *
 * Lock order: the active reference (the caller's), device_hotplug_lock, device_lock.
 *
 * @param waits - lock_device_hotplug() as in 4f3549d72d1b; false for 5e33bc4165f3's try
 */
function* onlineStore(kernel: Kernel, device: Device, waits: boolean): Step<number> {
  if (waits) yield* lockDeviceHotplug(kernel);
  else {
    const locked = yield* lockDeviceHotplugSysfs(kernel);
    if (locked !== 0) return locked;
  }
  try {
    // device_offline()
    yield* device.lock.acquire();
    try {
      yield* device.offline.read();
    } finally {
      yield* device.lock.release();
    }
    return 1;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * acpi_device_hotplug() for an eject, remove_memory(), device_del() of v3.11: the block is offline
 * already.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock, mem_hotplug_lock, active references (drained).
 */
function* ejectMemory({ removed, ...kernel }: World): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* kernel.acpiScanLock.acquire();
    try {
      yield* memHotplugBegin(kernel);
      try {
        for (const file of removed.files) yield* file.active.drain();
      } finally {
        yield* memHotplugDone(kernel);
      }
    } finally {
      yield* kernel.acpiScanLock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

function writer(): AgentFunction<World> {
  return function* (world) {
    return yield* sysfsWrite(world, 'memory32/online', '0');
  };
}

const sysfsVsRemove: Scenario<World> = scenario({
  name: 'sysfs-vs-remove',
  summary: 'a write to `online` waits for the remover, who waits for the write to end',
  source:
    '4f3549d72d1b (device_hotplug_lock, v3.11), 5e33bc4165f3 "driver core / ACPI: Avoid device ' +
    'hot remove locking issues" (v3.12)',
  setup: (arena, parameters): World => {
    const kernel = makeKernel(arena, { release: 'v3.19', blocksMax: 1 });
    const removed = kernel.memoryBlocks[0]!;
    const { path, active } = removed.files.find((file) => file.path === 'memory32/online')!;
    const waits = parameters['storeWaits'] === true;
    const store = () => onlineStore(kernel, removed, waits);
    return { ...kernel, removed, files: new Map([[path, { path, active, store }]]) };
  },
  agents: {
    firmware: function* (world) {
      yield* ejectMemory(world);
    },
    'sysfs-writer1': writer(),
    'sysfs-writer2': writer(),
  },
  forms: {
    full: {
      summary: 'a block is removed while two agents write to its `online`',
      agents: ['firmware', 'sysfs-writer1', 'sysfs-writer2'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: '4f3549d72d1b: the store waits for device_hotplug_lock',
      parameters: { storeWaits: true },
      shows: [
        { kind: 'deadlock', about: ['firmware', 'device_hotplug_lock', 'kn->active(online)'] },
        { kind: 'lock-inversion', level: 'possible', about: ['kn->active(online)'] },
      ],
    },
    fixed: {
      summary: '5e33bc4165f3: the store tries, and the write starts again',
      parameters: { storeWaits: false },
    },
  },
});

export default sysfsVsRemove;
