import {
  scenario,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { acpiDeviceEject } from '../src/kernel/acpi.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { allocPage } from '../src/kernel/page-allocator.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** A device of two blocks, memory32 and memory33, online; v3.19 without what came after v3.8. */
const machine: Parameters = {
  release: 'v3.19',
  addPath: 'acpi',
  dimmBlocks: 2,
  blocksPresent: 2,
  blocksOnline: 2,
};
const later = 'bfc8c90139eb,03afc0e25f7f,ef4d43a80758,fa2be40fe7c0';

/** The allocator hands out a page of a block that is gone. */
const usedAfterRemoval: ExpectedFinding = {
  kind: 'use-after-remove',
  about: ['memory32.page0.use', 'allocator'],
};

const allowed: readonly ExpectedFinding[] = [
  // The same, where nothing orders the two.
  { kind: 'use-after-remove', about: ['memory32.migrate_type', 'allocator'] },
  { kind: 'data-race', about: ['memory32.page0.use'] },
  { kind: 'data-race', about: ['memory32.migrate_type'] },
  // What fa2be40fe7c0 cured: see `two-online-mechanisms`.
  { kind: 'data-race', about: ['memory32.offline'] },
  // What device_hotplug_lock by try cured: see `sysfs-vs-remove`.
  { kind: 'deadlock', about: ['kn->active(state)', 'mem_hotplug_lock'] },
  { kind: 'lock-inversion', level: 'possible', about: ['kn->active(state)', 'mem_hotplug_lock'] },
];

const reonlineBeforeRemove: Scenario<Kernel> = scenario({
  name: 'reonline-before-remove',
  summary: 'user space brings a block back online between its going offline and its removal',
  source:
    '6677e3eaf4d7 "memory-hotplug: check whether all memory blocks are offlined or not when ' +
    'removing memory" (v3.9), 4f3549d72d1b (v3.11), 5e33bc4165f3 (v3.12)',
  setup: makeKernel,
  agents: {
    *firmware(kernel) {
      return yield* acpiDeviceEject(kernel, kernel.memoryBlocks.slice(0, 2));
    },
    'sysfs-writer': sysfsWriter('memory32/state', 'online'),
    *allocator(kernel) {
      return (yield* allocPage(kernel, PageUse.pinned)) !== undefined;
    },
  },
  forms: {
    full: {
      summary: 'a device of two blocks is removed, the first is onlined again, a page is allocated',
      agents: ['firmware', 'sysfs-writer', 'allocator'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'each block goes offline under locks of its own; then all are removed',
      parameters: { ...machine, without: `${later},5e33bc4165f3,4f3549d72d1b,6677e3eaf4d7` },
      shows: [usedAfterRemoval],
      allows: allowed,
    },
    'half-fixed': {
      summary:
        '6677e3eaf4d7: the states are read again under lock_memory_hotplug(), which is not what ' +
        'they are written under',
      parameters: { ...machine, without: `${later},5e33bc4165f3,4f3549d72d1b` },
      // online_pages() is through, and mem->state does not say so yet. The write that is still to
      // be told has its active reference, which the remover waits for: then the memory goes.
      shows: [{ kind: 'data-race', about: ['memory32.state'] }, usedAfterRemoval],
      // Where the check sees it, v3.19 stops at a BUG; v3.9 answered an error.
      allows: [{ kind: 'assertion-failed', about: ['kernel BUG', 'firmware'] }, ...allowed],
    },
    fixed: {
      summary: '4f3549d72d1b, 5e33bc4165f3: device_hotplug_lock around the removal and the store',
      parameters: { ...machine, without: later },
    },
  },
});

export default reonlineBeforeRemove;
