import { scenario, type Scenario } from '../src/program/index.ts';
import { acpiDeviceEject } from '../src/kernel/acpi.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

const storeWaits: Scenario<Kernel> = scenario({
  name: 'store-waits-for-device-hotplug-lock',
  summary: 'a store that waits for device_hotplug_lock, while who holds it waits for the store',
  source:
    'derived from reading the code: lock_device_hotplug_sysfs() (5e33bc4165f3); hung a running 6.1',
  setup: makeKernel,
  agents: {
    'sysfs-writer': sysfsWriter('memory32/state', 'online'),
    *'acpi-eject'(kernel) {
      return yield* acpiDeviceEject(kernel, memoryBlock(kernel, 32));
    },
  },
  forms: { full: { summary: 'both', agents: ['sysfs-writer', 'acpi-eject'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'v6.1, the store waits for the lock',
      parameters: { addPath: 'acpi', without: '5e33bc4165f3' },
      shows: [
        { kind: 'deadlock', about: ['kn->active(state)', 'device_hotplug_lock', 'acpi-eject'] },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['kn->active(state)', 'device_hotplug_lock'],
        },
      ],
    },
    fixed: {
      summary: 'v6.1: the store tries, and the write starts again; in the end it gets ENODEV',
      parameters: { addPath: 'acpi' },
    },
  },
});

export default storeWaits;
