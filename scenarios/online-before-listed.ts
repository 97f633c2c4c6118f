import { scenario, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { firmware } from '../workers/firmware.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

const onlineBeforeListed: Scenario<Kernel> = scenario({
  name: 'online-before-listed',
  summary: 'a write to `online` comes after the file was made and before the bus knows the block',
  source: 'derived from reading the code: device_add(), online_pages() of v4.18',
  setup: makeKernel,
  agents: {
    driver: firmware({ adds: 33 }),
    // Somebody who does not wait for the uevent.
    'sysfs-writer': sysfsWriter('memory33/online', '1'),
  },
  forms: { full: { summary: 'both', agents: ['driver', 'sysfs-writer'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'v4.18: drivers add memory without device_hotplug_lock',
      parameters: { release: 'v4.18' },
      shows: [
        { kind: 'assertion-failed', about: ['online_pages() found no block', 'sysfs-writer'] },
      ],
      allows: [
        // `online` of v4.18 takes no mem_hotplug_lock: see add-vs-online.
        { kind: 'assertion-failed', about: ['mem_hotplug_lock'] },
        { kind: 'data-race', about: ['sysfs-writer'] },
        // The same haste one step later: the block has no node yet.
        { kind: 'assertion-failed', about: ['node -1'] },
      ],
    },
    fixed: {
      summary: 'v4.20: the writer tries for device_hotplug_lock until the block is complete',
      parameters: { release: 'v4.20' },
    },
  },
});

export default onlineBeforeListed;
