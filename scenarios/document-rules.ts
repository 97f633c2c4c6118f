import { scenario, type ExpectedFinding, type Scenario, type Step } from '../src/program/index.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { kmemleakScan } from '../src/kernel/kmemleak.ts';
import { memHotplugBegin, memHotplugDone } from '../src/kernel/mem-hotplug-lock.ts';
import { memremapPages, memunmapPages } from '../src/kernel/memremap-pages.ts';
import { offlinePages } from '../src/kernel/offline-pages.ts';
import { removeMemory } from '../src/kernel/remove-memory.ts';
import { checkRule } from '../src/kernel/rules.ts';
import { softOfflinePage } from '../src/kernel/soft-offline-page.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** Who does what; both agents look up the variant's `does` here. */
interface Deed {
  readonly driver: (kernel: Kernel) => Step<unknown>;
  /** Default: nothing. */
  readonly user?: (kernel: Kernel) => Step<unknown>;
}

const added = (kernel: Kernel) => memoryBlock(kernel, 33);
const add = (kernel: Kernel): Step<unknown> => addMemory(kernel, added(kernel));

/** add_memory() up to remove_memory(), by a driver, with all that may come between. */
function* everything(kernel: Kernel): Step {
  yield* add(kernel);
  yield* sysfsWrite(kernel, 'memory33/state', 'online_movable');
  yield* kmemleakScan(kernel);
  yield* softOfflinePage(kernel, added(kernel).startPfn);
  yield* sysfsWrite(kernel, 'memory33/online', '0');
  yield* removeMemory(kernel, added(kernel));
  yield* mapDeviceMemory(kernel);
}

function* mapDeviceMemory(kernel: Kernel): Step {
  yield* memremapPages(kernel, kernel.deviceMemory[0]!);
  yield* memunmapPages(kernel, kernel.deviceMemory[0]!);
}

/** Brings the new block online as soon as its uevent is heard. */
function* onlineAdded(kernel: Kernel): Step {
  yield* added(kernel).added.wait();
  yield* sysfsWrite(kernel, 'memory33/state', 'online');
}

/** Takes memory32 offline behind its device's back, as memtrace did before it asked the device. */
function* offlineDirectly(kernel: Kernel): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* offlinePages(kernel, memoryBlock(kernel, 32));
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** A walker of struct pages that does without get_online_mems(). */
function* walkPages(kernel: Kernel): Step {
  const block = memoryBlock(kernel, 32);
  yield* checkRule(kernel, 'readers-hold-mem-hotplug-lock', block);
  if ((yield* block.sectionOnline.load()) !== 0) yield* block.page.read();
}

const online = (kernel: Kernel): Step<unknown> => sysfsWrite(kernel, 'memory32/online', '1');

const deeds: Readonly<Record<string, Deed>> = {
  everything: { driver: everything },
  adds: { driver: add },
  'adds-while-onlined': { driver: add, user: onlineAdded },
  'removes-while-onlined': {
    driver: (kernel) => removeMemory(kernel, memoryBlock(kernel, 32)),
    user: online,
  },
  'offlines-directly': { driver: offlineDirectly },
  onlines: { driver: online },
  'maps-device-memory': { driver: mapDeviceMemory },
  'walks-pages': { driver: walkPages },
};

interface World extends Kernel {
  readonly deed: Deed;
}

/** What keeps the two orders apart is what is missing. */
const unguarded: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'possible',
  about: ['memory device_lock'],
};

const documentRules: Scenario<World> = scenario({
  name: 'document-rules',
  summary: "each of the document's rules, and what breaking it is reported as",
  source: 'Documentation/admin-guide/mm/memory-hotplug.rst, "Locking Internals" (dee6da22efac)',
  setup: (arena, { does, ...parameters }) => ({
    ...makeKernel(arena, parameters),
    deed: deeds[String(does)]!,
  }),
  agents: {
    *driver(world) {
      yield* world.deed.driver(world);
    },
    *user(world) {
      if (world.deed.user !== undefined) yield* world.deed.user(world);
    },
  },
  forms: { full: { summary: 'both', agents: ['driver', 'user'], strategy: 'dpor' } },
  variants: {
    kept: {
      summary: 'v6.1 keeps all of them',
      parameters: { does: 'everything', rules: 'all', guards: true, deviceRanges: 1 },
    },
    'added-under-device-hotplug-lock': {
      summary: 'a driver adds memory without device_hotplug_lock, which is not asked for yet',
      parameters: {
        does: 'adds',
        rules: 'added-under-device-hotplug-lock',
        without: '8df1d0e4a265',
      },
      shows: [{ kind: 'assertion-failed', about: ['device_hotplug_lock is not held'] }],
    },
    'reachable-when-added': {
      summary: 'the same, and user space is quicker than the adder',
      parameters: {
        does: 'adds-while-onlined',
        rules: 'reachable-when-added',
        without: '8df1d0e4a265',
      },
      shows: [{ kind: 'assertion-failed', about: ['before it was added completely'] }],
      allows: [unguarded],
    },
    'nobody-inside-on-removal': {
      summary: 'memory is removed without device_hotplug_lock while its block comes online',
      parameters: {
        does: 'removes-while-onlined',
        rules: 'nobody-inside-on-removal',
        release: 'v4.18',
      },
      shows: [{ kind: 'assertion-failed', about: ['removed while its block was in use'] }],
      // The release asserts mem_hotplug_lock by itself, and this is what comes of it.
      allows: [
        { kind: 'assertion-failed', about: ['mem_hotplug_lock', 'for writing'] },
        { kind: 'assertion-failed', about: ['memory is removed that is not offline'] },
        { kind: 'data-race', about: ['memory32.page'] },
        { kind: 'data-race', about: ['memory32.page_zone'] },
        { kind: 'data-race', about: ['memory32.state'] },
      ],
    },
    'online-through-device-online': {
      summary: 'offline_pages() is called without device_offline()',
      parameters: {
        does: 'offlines-directly',
        rules: 'online-through-device-online',
        blocksOnline: 1,
      },
      shows: [{ kind: 'assertion-failed', about: ['memory device_lock is not held'] }],
    },
    'online-type-under-device-hotplug-lock': {
      summary: 'the default policy sets the type of added memory, without device_hotplug_lock',
      parameters: {
        does: 'adds',
        rules: 'online-type-under-device-hotplug-lock',
        autoOnline: true,
        release: 'v4.18',
      },
      shows: [{ kind: 'assertion-failed', about: ['device_hotplug_lock is not held'] }],
      allows: [unguarded],
    },
    'mem-hotplug-lock-for-writing': {
      summary: 'after 30467e0b3be8 a write to `online` takes no mem_hotplug_lock',
      parameters: { does: 'onlines', rules: 'mem-hotplug-lock-for-writing', release: 'v4.18' },
      shows: [{ kind: 'assertion-failed', about: ['mem_hotplug_lock', 'for writing'] }],
    },
    'device-memory-under-mem-hotplug-lock': {
      summary: 'device memory is mapped as before f931ab479dd2',
      parameters: {
        does: 'maps-device-memory',
        rules: 'device-memory-under-mem-hotplug-lock',
        deviceRanges: 1,
        without: 'f931ab479dd2',
      },
      shows: [{ kind: 'assertion-failed', about: ['mem_hotplug_lock', 'for writing'] }],
    },
    'readers-hold-mem-hotplug-lock': {
      summary: 'a walker of struct pages does without get_online_mems()',
      parameters: { does: 'walks-pages', rules: 'readers-hold-mem-hotplug-lock', blocksOnline: 1 },
      shows: [{ kind: 'assertion-failed', about: ['mem_hotplug_lock', 'for reading'] }],
    },
    'no-cpu-hotplug-meanwhile': {
      summary: 'before 3f906ba23689 mem_hotplug_begin() keeps no CPU from coming or going',
      parameters: {
        does: 'adds',
        rules: 'no-cpu-hotplug-meanwhile',
        release: 'v4.18',
        without: '3f906ba23689',
      },
      shows: [{ kind: 'assertion-failed', about: ['cpu_hotplug_lock is not held'] }],
    },
    'guards-of-the-data': {
      summary: 'a write to `online` of v4.18, by the guards of what online_pages() writes',
      parameters: { does: 'onlines', guards: true, release: 'v4.18' },
      shows: [
        { kind: 'unguarded-access', about: ['zone.present_pages', 'mem_hotplug_lock'] },
        { kind: 'unguarded-access', about: ['pgdat.node_present_pages', 'mem_hotplug_lock'] },
      ],
      allows: [
        // Whatever else is counted or spanned there.
        { kind: 'unguarded-access', about: ['mem_hotplug_lock'] },
        { kind: 'assertion-failed', about: ['mem_hotplug_lock', 'for writing'] },
      ],
    },
  },
});

export default documentRules;
