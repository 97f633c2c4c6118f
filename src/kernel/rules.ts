import { check, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { State } from './memory-state.ts';
import type { RuleName } from './rule-names.ts';

/** A rule of the document "Locking Internals", as a check. */
export interface Rule {
  /** What the document asks for, in our words. */
  readonly sentence: string;
  /** The kind of finding that breaking it gives, and what the finding's title says. */
  readonly finding: string;
  /** Where it is asked. */
  readonly where: string;
  readonly holds: (kernel: Kernel, block: MemoryBlock | undefined) => Step;
}

const deviceHotplugLock = (kernel: Kernel): Step => held(kernel.deviceHotplugLock);
const memHotplugLock = (kernel: Kernel): Step => heldWrite(kernel);

/** The rules by name; a scenario turns them on by the parameter `rules`. */
export const rules: Readonly<Record<RuleName, Rule>> = {
  'added-under-device-hotplug-lock': {
    sentence: 'Memory that has block devices is added and removed under device_hotplug_lock.',
    finding: 'assertion-failed: device_hotplug_lock is not held',
    where: 'add_memory_resource(), try_remove_memory()',
    holds: deviceHotplugLock,
  },
  'reachable-when-added': {
    sentence: 'Devices of memory blocks are only reached once the memory was added completely.',
    finding: 'assertion-failed: a memory block was reached before it was added completely',
    where: 'memory_subsys_online(), memory_subsys_offline()',
    *holds(_kernel, block) {
      const adding = block === undefined ? 0 : yield* block.adding.load();
      check(adding === 0, 'a memory block was reached before it was added completely');
    },
  },
  'nobody-inside-on-removal': {
    sentence: 'When memory is removed, nobody is still busy with the devices of its blocks.',
    finding: 'assertion-failed: memory was removed while its block was in use',
    where: 'arch_remove_memory()',
    holds: (_kernel, block) => nobodyInside(block),
  },
  'online-through-device-online': {
    sentence: 'Blocks go online and offline by device_online() and device_offline().',
    finding: 'assertion-failed: memory device_lock is not held',
    where: 'online_pages(), offline_pages()',
    *holds(_kernel, block) {
      if (block !== undefined) yield* block.lock.assertHeld();
    },
  },
  'online-type-under-device-hotplug-lock': {
    sentence: 'How a block is to be brought online is set under device_hotplug_lock.',
    finding: 'assertion-failed: device_hotplug_lock is not held',
    where: 'every write of mem->online_type',
    holds: deviceHotplugLock,
  },
  'mem-hotplug-lock-for-writing': {
    sentence: 'Adding, removing, onlining and offlining hold mem_hotplug_lock for writing.',
    finding: 'assertion-failed: mem_hotplug_lock is not held for writing',
    where: 'arch_add_memory(), arch_remove_memory(), online_pages(), offline_pages()',
    holds: memHotplugLock,
  },
  'device-memory-under-mem-hotplug-lock': {
    sentence: 'So do adding and removing device memory, which has no blocks.',
    finding: 'assertion-failed: mem_hotplug_lock is not held for writing',
    where: 'memremap_pages(), memunmap_pages()',
    holds: memHotplugLock,
  },
  'readers-hold-mem-hotplug-lock': {
    sentence: 'Who relies on memory staying as it is holds mem_hotplug_lock for reading.',
    finding: 'assertion-failed: mem_hotplug_lock is not held for reading',
    where: 'kmemleak_scan(), soft_offline_page()',
    *holds(kernel) {
      yield* kernel.memHotplugLock.assertHeldRead();
    },
  },
  'no-cpu-hotplug-meanwhile': {
    sentence: 'No CPU comes or goes while memory does.',
    finding: 'assertion-failed: cpu_hotplug_lock is not held',
    where: 'arch_add_memory(), arch_remove_memory(), online_pages(), offline_pages()',
    *holds(kernel) {
      yield* kernel.cpuHotplugLock.assertHeld();
    },
  },
};

/**
 * Checks a rule where the scenario has turned it on; costs nothing otherwise. All releases; takes
 * no lock, except `nobody-inside-on-removal`, which tries device_lock.
 */
export function* checkRule(kernel: Kernel, name: RuleName, block?: MemoryBlock): Step {
  if (kernel.configuration.rules.includes(name)) yield* rules[name].holds(kernel, block);
}

function* held(lock: Kernel['deviceHotplugLock']): Step {
  yield* lock.assertHeld();
}

function* heldWrite(kernel: Kernel): Step {
  yield* kernel.memHotplugLock.assertHeldWrite();
}

function* nobodyInside(block: MemoryBlock | undefined): Step {
  // Without a device there is nothing to be inside of.
  if (block === undefined || (yield* block.references.load()) === 0) return;
  const free = yield* block.lock.tryAcquire();
  const offline = free && (yield* block.state.read()) === State.offline;
  if (free) yield* block.lock.release();
  check(offline, 'memory was removed while its block was in use');
}
