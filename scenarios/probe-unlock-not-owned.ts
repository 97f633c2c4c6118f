import { scenario, type AgentFunction, type Scenario } from '../src/program/index.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from '../src/kernel/device-hotplug-lock.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { OnlineType } from '../src/kernel/memory-state.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/**
 * A driver that has added memory and brings it online by policy, as far as device_hotplug_lock
 * guards it: the type is stored, and used and cleared.
 */
const driver: AgentFunction<Kernel> = function* (kernel) {
  const { onlineType } = memoryBlock(kernel, 32);
  yield* lockDeviceHotplug(kernel);
  try {
    yield* onlineType.write(OnlineType.keep);
    yield* onlineType.write(OnlineType.unset);
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
};

const probeUnlockNotOwned: Scenario<Kernel> = scenario({
  name: 'probe-unlock-not-owned',
  summary: 'a write to `probe` that fails to lock device_hotplug_lock unlocks it all the same',
  source:
    'zhong jiang 2019, "mm/memory_hotplug: Do not unlock when fails to take the ' +
    'device_hotplug_lock" (37803841c92d), a fix of 8df1d0e4a265',
  setup: makeKernel,
  agents: {
    'probe-writer': sysfsWriter('probe', '0x108000000'),
    driver,
    'other-driver': driver,
  },
  forms: {
    full: {
      summary: 'somebody inside, the store that lets a third one in, and that one',
      agents: ['probe-writer', 'driver', 'other-driver'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'v4.20 (8df1d0e4a265): the failed trylock goes to the label that unlocks',
      parameters: { release: 'v4.20' },
      shows: [
        { kind: 'bad-unlock', about: ['device_hotplug_lock', 'probe-writer'] },
        // Two are inside at a time.
        { kind: 'data-race', about: ['memory32.online_type'] },
      ],
      allows: [
        // What the second one inside finds, and what it unlocks.
        { kind: 'bad-unlock', about: ['device_hotplug_lock'] },
      ],
    },
    fixed: {
      summary: 'v6.1: the failed trylock returns directly',
      parameters: { release: 'v6.1' },
    },
  },
});

export default probeUnlockNotOwned;
