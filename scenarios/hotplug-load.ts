import {
  scenario,
  type AgentFunction,
  type Arena,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
  type Variant,
} from '../src/program/index.ts';
import { hotplugInvariants } from '../src/kernel/hotplug-invariants.ts';
import { makeKernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { cpuHotplug } from '../workers/cpu-hotplug.ts';
import { deviceMemoryDriver } from '../workers/device-memory-driver.ts';
import { loadErrors } from '../workers/load-errors.ts';
import { loadCpuFirmware, loadDriver, loadFirmware } from '../workers/load-firmware.ts';
import { loadProbe } from '../workers/load-probe.ts';
import { loadSoftOffline } from '../workers/load-soft-offline.ts';
import { loadWriter, type LoadedKernel } from '../workers/load-writer.ts';
import { mappedPageUser } from '../workers/mapped-page-user.ts';
import { memoryReader } from '../workers/memory-reader.ts';
import { memoryWalker } from '../workers/memory-walker.ts';
import { pageUser } from '../workers/page-user.ts';

const machine: Parameters = {
  addPath: 'acpi',
  nodes: 2,
  framesPerBlock: 2,
  deviceRanges: 1,
  pageMappings: 4,
  // Not zone-span: since 27cacaad16c5 (v5.14) a torn span is what a release shows; see
  // zone-span-torn.
  details: 'lru-pagevecs,huge-pages,watermarks',
  notifiers: 'all',
};

/** What v6.1 and later have besides. */
const newer: Parameters = { details: 'lru-pagevecs,huge-pages,section-usage,watermarks' };

/**
 * What a fixed release shows: the orders of the document, with device_hotplug_lock around them. How
 * many of the ways to close the circle are seen depends on the run.
 */
const guarded: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['device_hotplug_lock'],
};

/** Whatever else comes of two who change memory at a time. */
const whatever: readonly ExpectedFinding[] = [
  { kind: 'data-race' },
  { kind: 'invariant-violated' },
  { kind: 'assertion-failed' },
];

/** 4 blocks and what is added, 2 writers, 2 CPUs. */
const small: Parameters = {
  ...machine,
  blocksMax: 7,
  blocksPresent: 4,
  blocksOnline: 2,
  cpus: 2,
  writers: 2,
  rounds: 1,
};

/**
 * 64 blocks with what is added, 8 writers, 8 CPUs. With firmware that takes one of the CPUs away
 * there are so many ways to close a circle of locks, all guarded, that looking for them takes ten
 * times as long as the load itself.
 */
const large: Parameters = {
  ...machine,
  blocksMax: 64,
  blocksPresent: 61,
  blocksOnline: 30,
  cpus: 8,
  writers: 8,
  rounds: 1,
  idle: 'cpu-firmware',
};

function count<T>(length: number, one: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => one(index));
}

/** The agent, unless the variant's `idle` names it: then it has nothing to do. */
function unlessIdle(
  name: string,
  agent: AgentFunction<LoadedKernel>,
): Record<string, AgentFunction<LoadedKernel>> {
  return {
    *[name](kernel, self) {
      return kernel.load.idle.has(name) ? undefined : yield* agent(kernel, self);
    },
  };
}

/** name1, name2 and so on. */
function several(
  name: string,
  length: number,
  agent: (index: number) => AgentFunction<LoadedKernel>,
): Record<string, AgentFunction<LoadedKernel>> {
  return Object.fromEntries(count(length, (index) => [`${name}${index + 1}`, agent(index)]));
}

const agents = {
  ...several('writer', 8, loadWriter),
  ...several('cpu', 8, (index) => cpuHotplug({ cpu: index + 1 })),
  firmware: loadFirmware(),
  ...unlessIdle('cpu-firmware', loadCpuFirmware()),
  ...unlessIdle('driver', loadDriver()),
  errors: loadErrors(),
  ...unlessIdle('probe', loadProbe()),
  ...unlessIdle('soft-offline', loadSoftOffline()),
  ...unlessIdle('device-memory', deviceMemoryDriver({ range: 0 })),
  ...several('reader', 2, memoryReader),
  ...unlessIdle('page-tables', memoryWalker({ walk: 'ptdump' })),
  // A driver's page, which cannot move, and processes' pages, which can; some are pinned for a
  // while.
  'page-user': pageUser({ use: PageUse.unmovable }),
  ...several('process', 4, (index) =>
    mappedPageUser({ mapping: index + 1, pins: index % 2 === 1 }),
  ),
};

const smallAgents = [
  'writer1',
  'writer2',
  'cpu1',
  'cpu2',
  'firmware',
  'cpu-firmware',
  'driver',
  'errors',
  'probe',
  'soft-offline',
  'device-memory',
  'reader1',
  'page-tables',
  'page-user',
  'process1',
  'process2',
];

function fixed(summary: string, parameters: Parameters): Variant {
  return { summary, parameters, allows: [guarded] };
}

/**
 * @param parameters - the kernel's, and
 * - `writers`: how many of the writers have something to do
 * - `rounds`: how often
 * - `idle`: names of agents that have nothing to do, separated by commas
 */
function setup(arena: Arena, parameters: Parameters): LoadedKernel {
  const { writers, rounds, idle = '' } = parameters;
  const load = {
    writers: Number(writers),
    rounds: Number(rounds),
    idle: new Set(String(idle).split(',')),
  };
  return { ...makeKernel(arena, parameters), load };
}

const hotplugLoad: Scenario<LoadedKernel> = scenario({
  name: 'hotplug-load',
  summary:
    'sysfs writers on several blocks, firmware, drivers, CPUs, memory errors, readers, failing ' +
    'callbacks',
  source:
    'Documentation/admin-guide/mm/memory-hotplug.rst, "Locking Internals" (dee6da22efac), all of ' +
    'its rules at once',
  setup,
  agents,
  forms: {
    small: {
      summary: '16 agents',
      agents: smallAgents,
      strategy: 'random',
      executions: 50,
    },
    large: {
      summary: '31 agents',
      agents: Object.keys(agents),
      strategy: 'random',
      executions: 3,
    },
  },
  invariants: hotplugInvariants,
  stepsMax: 1_000_000,
  variants: {
    'v3.19': {
      summary: 'drivers add memory without device_hotplug_lock: mem_hotplug_lock, then device_lock',
      parameters: { ...small, release: 'v3.19', idle: 'soft-offline' },
      shows: [
        {
          kind: 'lock-inversion',
          level: 'possible',
          about: ['memory device_lock', 'mem_hotplug.lock'],
        },
      ],
      allows: [...whatever, { kind: 'deadlock' }],
    },
    'v3.19-acpi': fixed('ACPI alone adds memory, under device_hotplug_lock', {
      ...small,
      release: 'v3.19',
      idle: 'driver,probe,device-memory,soft-offline',
    }),
    'v4.18': {
      summary: '`online` takes no mem_hotplug_lock, and the driver no device_hotplug_lock',
      parameters: { ...small, release: 'v4.18', idle: 'soft-offline' },
      shows: [
        { kind: 'assertion-failed', about: ['mem_hotplug_lock'] },
        { kind: 'data-race', about: ['zone.present_pages'] },
      ],
      allows: [...whatever, { kind: 'lock-inversion' }, { kind: 'deadlock' }],
    },
    // Its `probe` gives away a device_hotplug_lock that it has not got: see probe-unlock-not-owned.
    // Who reads page tables does without get_online_mems() until bf2b59f60ee1 (v5.7),
    // and soft_offline_page reads struct pages of memory that is not online until 641fe2e9387a
    // (v5.4).
    'v4.20': fixed('the series of the document', {
      ...small,
      release: 'v4.20',
      idle: 'probe,page-tables,soft-offline',
    }),
    'v6.1': fixed('stable since', { ...small, ...newer, release: 'v6.1' }),
    'v6.1-node1': fixed('the memory is the only memory of node 1', {
      ...small,
      ...newer,
      release: 'v6.1',
      hotplugNode: 1,
    }),
    // What its readers of section->usage do without 82f0b6f041fa shows section-usage-freed.
    'v6.8': fixed('blocks are removed under mem_hotplug_lock', {
      ...small,
      ...newer,
      release: 'v6.8',
      with: '82f0b6f041fa',
    }),
    large: fixed('v6.1 with 64 blocks, 8 writers and 8 CPUs', {
      ...large,
      ...newer,
      release: 'v6.1',
    }),
  },
});

export default hotplugLoad;
