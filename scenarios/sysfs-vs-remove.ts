import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { acpiDeviceEject } from '../src/kernel/acpi.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** A device of one block, memory32, offline; v3.19 without what came after v3.12. */
const machine: Parameters = { release: 'v3.19', addPath: 'acpi', blocksMax: 1 };
const later = 'bfc8c90139eb,03afc0e25f7f';

const sysfsVsRemove: Scenario<Kernel> = scenario({
  name: 'sysfs-vs-remove',
  summary: 'a write to `online` waits for the remover, who waits for the write to end',
  source:
    '4f3549d72d1b (device_hotplug_lock, v3.11), 5e33bc4165f3 "driver core / ACPI: Avoid device ' +
    'hot remove locking issues" (v3.12)',
  setup: makeKernel,
  agents: {
    *firmware(kernel) {
      return yield* acpiDeviceEject(kernel, memoryBlock(kernel, 32));
    },
    'sysfs-writer1': sysfsWriter('memory32/online', '0'),
    'sysfs-writer2': sysfsWriter('memory32/online', '0'),
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
      parameters: { ...machine, without: `${later},5e33bc4165f3` },
      shows: [
        { kind: 'deadlock', about: ['firmware', 'device_hotplug_lock', 'kn->active(online)'] },
        { kind: 'lock-inversion', level: 'possible', about: ['kn->active(online)'] },
      ],
    },
    fixed: {
      summary: '5e33bc4165f3: the store tries, and the write starts again',
      parameters: { ...machine, without: later },
    },
  },
});

export default sysfsVsRemove;
