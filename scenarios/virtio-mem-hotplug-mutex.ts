import {
  scenario,
  type Arena,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { hotplugInvariants } from '../src/kernel/hotplug-invariants.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeNotifierBlock, Notify } from '../src/kernel/notifier-chain.ts';
import { memoryEventName, type MemoryEventName } from '../src/kernel/memory-notify.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';
import { virtioMemDriverRemoval, virtioMemWork } from '../workers/virtio-mem.ts';

/** memory32 is the device's, is there, and is online; of memory33 it has nothing yet. */
const machine: Parameters = {
  release: 'v6.1',
  blocksMax: 2,
  blocksPresent: 1,
  blocksOnline: 1,
  framesPerBlock: 2,
  virtioMemBlocks: 2,
  notifiers: 'virtio-mem',
};

const mutex = 'vm->hotplug_mutex';

/**
 * What lockdep would report, and why the driver switches it off: hotplug_mutex is taken inside of
 * one walk of the chain and held around the next. All walks are under mem_hotplug_lock.
 */
const guarded: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: [mutex, 'mem_hotplug_lock'],
};

/** The orders of the document, which device_hotplug_lock keeps apart. */
const outside: ExpectedFinding = {
  kind: 'lock-inversion',
  level: 'guarded',
  about: ['device_hotplug_lock'],
};

/** A callback of another module that is called before the driver's, and refuses one event. */
function addRefuser(arena: Arena, kernel: Kernel, refused: MemoryEventName): void {
  makeNotifierBlock(arena, kernel.memoryChain, {
    name: 'refuser',
    priority: 1,
    registered: true,
    // eslint-disable-next-line require-yield -- a step that takes no operation
    *call(_self, action) {
      return memoryEventName(kernel, action) === refused ? Notify.bad : Notify.ok;
    },
  });
}

const virtioMemHotplugMutex: Scenario<Kernel> = scenario({
  name: 'virtio-mem-hotplug-mutex',
  summary: 'the virtio-mem driver keeps a mutex from one call of the notifier chain to the next',
  source:
    'drivers/virtio/virtio_mem.c of v5.16 to v6.8: virtio_mem_memory_notifier_cb(), and the ' +
    'comment above virtio_mem_add_memory() that hotplug_mutex must not be held there. v6.1 and ' +
    'v6.8 are as the code is; the variants that break are derived, not reported: each leaves ' +
    'out one thing that the code does, or has another callback misbehave',
  setup(arena, parameters) {
    const kernel = makeKernel(arena, parameters);
    const refused = parameters['refuses'];
    if (typeof refused === 'string') addRefuser(arena, kernel, refused as MemoryEventName);
    return kernel;
  },
  agents: {
    // All that the device has is given back, and then it comes again.
    'virtio-mem': virtioMemWork({ sizes: [0, 2] }),
    offliner: sysfsWriter('memory32/state', 'offline'),
    onliner: sysfsWriter('memory32/state', 'online_movable'),
    remover: virtioMemDriverRemoval(),
  },
  forms: {
    small: {
      summary: 'the device shrinks and grows, its block goes offline by hand',
      agents: ['virtio-mem', 'offliner'],
      strategy: 'dpor',
    },
    removal: {
      summary: 'the driver goes away while its block goes offline by hand',
      agents: ['offliner', 'remover'],
      strategy: 'dpor',
    },
    full: {
      summary: 'as small, and the block comes online by hand, and the driver goes away',
      agents: ['virtio-mem', 'offliner', 'onliner', 'remover'],
      strategy: 'random',
      executions: 1000,
    },
  },
  invariants: hotplugInvariants,
  variants: {
    'v6.1': {
      summary: 'hotplug_mutex is not held where device_hotplug_lock is waited for',
      parameters: machine,
      allows: [guarded, outside],
    },
    'v6.1-auto-online': {
      summary: 'the same, and what the device adds comes online within add_memory()',
      parameters: { ...machine, autoOnline: true },
      allows: [guarded, outside],
    },
    'v6.1-refused': {
      summary: 'another callback refuses MEM_GOING_OFFLINE first: the mutex was not taken',
      parameters: { ...machine, refuses: 'goingOffline' },
      allows: [guarded, outside],
    },
    'v6.8': {
      summary: 'blocks are removed under mem_hotplug_lock',
      parameters: { ...machine, release: 'v6.8' },
      allows: [guarded, outside],
    },
    'adds-under-mutex': {
      summary: 'hotplug_mutex is kept around adding and removing memory',
      parameters: { ...machine, autoOnline: true, virtioMemLocking: 'adds-under-mutex' },
      shows: [
        { kind: 'deadlock', about: [mutex, 'which it holds itself'] },
        { kind: 'deadlock', about: [mutex, 'device_hotplug_lock', 'offliner'] },
      ],
      allows: [{ kind: 'lock-inversion' }, { kind: 'deadlock' }],
    },
    'closes-unasked': {
      summary: 'MEM_CANCEL_OFFLINE gives the mutex back, although it never saw MEM_GOING_OFFLINE',
      parameters: { ...machine, refuses: 'goingOffline', virtioMemLocking: 'closes-unasked' },
      shows: [
        { kind: 'bad-unlock', about: [mutex] },
        // What it gives back is the worker's, who goes on without.
        { kind: 'data-race', about: ['vm->plugged'] },
      ],
      allows: [guarded, outside],
    },
    'refused-late': {
      summary: 'another callback refuses MEM_OFFLINE, which nobody asks for: the walk ends there',
      parameters: { ...machine, refuses: 'offline' },
      shows: [
        { kind: 'lock-held-at-exit', about: [mutex] },
        { kind: 'deadlock', about: [mutex] },
      ],
      allows: [guarded, outside],
    },
    'removes-unlocked': {
      summary: 'the driver goes away without the mutex: restoring online_page_callback waits, too',
      parameters: { ...machine, virtioMemLocking: 'removes-unlocked' },
      shows: [{ kind: 'data-race', about: ['vm->removing'] }],
      allows: [guarded, outside],
    },
    'unregisters-first': {
      summary: 'the same, and the notifier goes first: between two events of one block',
      parameters: { ...machine, virtioMemLocking: 'unregisters-first' },
      shows: [
        { kind: 'lock-held-at-exit', about: [mutex] },
        { kind: 'data-race', about: ['vm->removing'] },
      ],
      // Who gives the device more or less memory afterwards waits for the mutex for ever.
      allows: [guarded, outside, { kind: 'deadlock', about: [mutex] }],
    },
  },
});

export default virtioMemHotplugMutex;
