import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { ejectOwner, makeLockingFile } from '../src/kernel/blocking-store.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import type { SysfsFile } from '../src/kernel/sysfs.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly file: SysfsFile;
}

function setup(arena: Arena, parameters: Parameters): World {
  const kernel = makeKernel(arena, { release: 'v6.1' });
  const file = makeLockingFile(arena, { blocks: parameters['blocks'] === true });
  return { ...kernel, file, files: new Map([...kernel.files, [file.path, file]]) };
}

const storeWaits: Scenario<World> = scenario({
  name: 'store-waits-for-device-hotplug-lock',
  summary: 'a store that waits for device_hotplug_lock, while who holds it waits for the store',
  source:
    'derived from reading the code: lock_device_hotplug_sysfs() (5e33bc4165f3); hung a running 6.1',
  setup,
  agents: {
    'sysfs-writer': sysfsWriter('memory56/state', 'online'),
    *'acpi-eject'(kernel) {
      yield* ejectOwner(kernel, kernel.file);
    },
  },
  forms: { full: { summary: 'both', agents: ['sysfs-writer', 'acpi-eject'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: 'the store waits for the lock',
      parameters: { blocks: true },
      shows: [
        { kind: 'deadlock', about: ['kn->active(state)', 'device_hotplug_lock', 'acpi-eject'] },
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['kn->active(state)', 'device_hotplug_lock'],
        },
      ],
    },
    fixed: { summary: 'the store tries, and the write starts again; in the end it gets ENODEV' },
  },
});

export default storeWaits;
