import { scenario, type ExpectedFinding, type Scenario, type Step } from '../src/program/index.ts';
import { lockDeviceHotplugSysfs, unlockDeviceHotplug } from '../src/kernel/device-hotplug-lock.ts';
import { allocPageOf, makeHotplugBlocks, type HotplugBlock } from '../src/kernel/hotplug-block.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  deviceSetOnline,
  memtraceEnableSet,
  type MemtraceFixes,
  type TracedBlock,
} from '../src/kernel/memtrace.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

interface World extends Kernel {
  /** A block of boot memory. */
  readonly block: TracedBlock;
  readonly fixes: MemtraceFixes;
}

/** The store of `online`. Lock order: device_hotplug_lock (by try), as in `deviceSetOnline`. */
function* onlineStore(kernel: Kernel, block: HotplugBlock, input: string): Step<number> {
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    const result = yield* deviceSetOnline(kernel, block, input === '1');
    return result < 0 ? result : input.length;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/** What comes of a block that is online again, or half, when memtrace removes it. */
const tooEarly: readonly ExpectedFinding[] = [
  { kind: 'assertion-failed', about: ['BUG in __remove_memory()', 'memtrace'] },
  { kind: 'data-race', about: ['memory8.state'] },
  // memtrace writes OFFLINE over an ONLINE that came in between: then there is no BUG to stop it.
  { kind: 'use-after-remove', about: ['memory8.page', 'user'] },
];

const racedWithRemoval: ExpectedFinding = { kind: 'data-race', about: ['memory8.page'] };

const memtraceReonline: Scenario<World> = scenario({
  name: 'memtrace-reonline',
  summary: 'the memtrace driver offlines memory by hand, and user space brings it back too early',
  source:
    'cec1680591d6 "powerpc/powernv: hold device_hotplug_lock when calling device_online()", ' +
    '5666848774ef "powerpc/powernv: hold device_hotplug_lock when calling ' +
    'memtrace_offline_pages()" (v4.20)',
  setup: (arena, parameters): World => {
    const kernel = makeKernel(arena, { release: 'v4.20', blocksPresent: 0, blocksMax: 1 });
    const [plain] = makeHotplugBlocks(arena, ['memory8']);
    const block: TracedBlock = {
      ...plain!,
      file: {
        path: 'memory8/online',
        active: arena.activeRef('memory8/online.active', {
          class: 'kn->active(online)',
          active: true,
        }),
        store: (_, input) => onlineStore(kernel, block, input),
      },
    };
    return {
      ...kernel,
      files: new Map([[block.file.path, block.file]]),
      block,
      fixes: {
        onlinesUnderLock: parameters['onlinesUnderLock'] === true,
        removesUnderLock: parameters['removesUnderLock'] === true,
      },
    };
  },
  agents: {
    memtrace: function* (world) {
      yield* memtraceEnableSet(world, world.block, world.fixes);
    },
    // Writes 0 and 1 to `online`, and then gets a page of the block, if there is one.
    user: function* (world) {
      yield* sysfsWrite(world, 'memory8/online', '0');
      yield* sysfsWrite(world, 'memory8/online', '1');
      yield* allocPageOf(world.block);
    },
  },
  forms: {
    full: {
      summary: 'memtrace takes and gives back a block that user space offlines, onlines and uses',
      agents: ['memtrace', 'user'],
      strategy: 'dfs',
    },
  },
  variants: {
    broken: {
      summary: 'v4.19: device_hotplug_lock around the removal only',
      parameters: { onlinesUnderLock: false, removesUnderLock: false },
      shows: [
        { kind: 'assertion-failed', about: ['device_hotplug_lock', 'memtrace'] },
        ...tooEarly,
      ],
      allows: [racedWithRemoval],
    },
    'half-fixed': {
      summary: 'cec1680591d6: the way back is safe, the way out is not',
      parameters: { onlinesUnderLock: true, removesUnderLock: false },
      shows: tooEarly,
      allows: [racedWithRemoval],
    },
    fixed: {
      summary: '5666848774ef: device_hotplug_lock from the check to the removal',
      parameters: { onlinesUnderLock: true, removesUnderLock: true },
    },
  },
});

export default memtraceReonline;
