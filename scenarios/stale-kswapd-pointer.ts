import { scenario, type Scenario, type Step, type Word } from '../src/program/index.ts';
import { kswapdRun, kswapdStop, makeKswapd, type Kswapd } from '../src/kernel/kswapd-pointer.ts';
import {
  lockMemoryHotplug,
  makeMemoryHotplugMutex,
  unlockMemoryHotplug,
  type MemoryHotplugMutex,
} from '../src/kernel/memory-hotplug-mutex.ts';

interface World {
  readonly hotplug: MemoryHotplugMutex;
  readonly kswapd: Kswapd;
  /** Blocks of the node that are online; plain, under mem_hotplug_mutex. */
  readonly blocksOnline: Word;
  /** d8adde17e5f8 is in. */
  readonly clearsPointer: boolean;
}

/** online_pages() of a block of the node. Lock order: mem_hotplug_mutex. */
function* onlinePages({ hotplug, kswapd, blocksOnline }: World): Step {
  yield* lockMemoryHotplug(hotplug);
  try {
    yield* blocksOnline.write((yield* blocksOnline.read()) + 1);
    yield* kswapdRun(kswapd);
  } finally {
    yield* unlockMemoryHotplug(hotplug);
  }
}

/** offline_pages() of a block of the node. Lock order: mem_hotplug_mutex. */
function* offlinePages({ hotplug, kswapd, blocksOnline, clearsPointer }: World): Step {
  yield* lockMemoryHotplug(hotplug);
  try {
    const left = (yield* blocksOnline.read()) - 1;
    yield* blocksOnline.write(left);
    if (left === 0) yield* kswapdStop(kswapd, clearsPointer);
  } finally {
    yield* unlockMemoryHotplug(hotplug);
  }
}

const staleKswapdPointer: Scenario<World> = scenario({
  name: 'stale-kswapd-pointer',
  summary: 'the last block of a node goes offline, and its kswapd leaves a pointer behind',
  source:
    'd8adde17e5f8 "memory hotplug: fix invalid memory access caused by stale kswapd pointer" ' +
    '(v3.5)',
  setup: (arena, parameters): World => ({
    hotplug: makeMemoryHotplugMutex(arena),
    kswapd: makeKswapd(arena, 1),
    blocksOnline: arena.word('node1.blocks_online', 1),
    clearsPointer: parameters['clearsPointer'] === true,
  }),
  agents: {
    // Of memory32, which is online at first.
    'sysfs-writer1': function* (world) {
      yield* offlinePages(world);
    },
    // Of memory33, which is offline at first.
    'sysfs-writer2': function* (world) {
      yield* onlinePages(world);
      yield* offlinePages(world);
    },
  },
  forms: {
    full: {
      summary: 'one block goes offline while another comes online and goes offline again',
      agents: ['sysfs-writer1', 'sysfs-writer2'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'kswapd_stop() leaves pgdat->kswapd; kswapd_run() then starts nothing',
      parameters: { clearsPointer: false },
      shows: [{ kind: 'use-after-remove', about: ['kswapd1.task', 'sysfs-writer2'] }],
    },
    fixed: {
      summary: 'd8adde17e5f8: kswapd_stop() clears the pointer',
      parameters: { clearsPointer: true },
    },
  },
});

export default staleKswapdPointer;
