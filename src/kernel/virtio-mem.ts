import { check, type Arena, type Mutex, type SpinLock } from '../program/index.ts';
import type { Step, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import type { MemoryBlock } from './memory-block.ts';
import { PageUse } from './memory-state.ts';
import { genericOnlinePage, type PageOnliner } from './online-page-callback.ts';
import { makeQueuedWork, queueWork, type QueuedWork } from './queued-work.ts';
import type { Zone } from './zone.ts';

/**
 * enum virtio_mem_sbm_mb_state, with the kernel's numbers: a state that is partial is the next one
 * after the state of the block that is plugged in full.
 */
export const MbState = {
  unused: 0,
  plugged: 1,
  offline: 2,
  offlinePartial: 3,
  kernel: 4,
  kernelPartial: 5,
  movable: 6,
  movablePartial: 7,
} as const;

/** A memory block of the device's region, as the driver keeps track of it. */
export interface VirtioMemBlock {
  readonly block: MemoryBlock;
  /** sbm.mb_states[], one of {@link MbState}; plain. */
  readonly state: Word;
  /** sbm.sb_states: subblocks that the hypervisor gave, each a page of the model; plain. */
  readonly plugged: readonly Word[];
}

/**
 * A virtio-mem device and its driver (struct virtio_mem, drivers/virtio/virtio_mem.c), in the mode
 * in which a memory block has several subblocks, as of v5.16 to v6.8. The other mode, of blocks
 * larger than memory blocks, is not in the model, nor are requests that the hypervisor refuses.
 */
export interface VirtioMem {
  /** In the order of their addresses; none where the region is elsewhere. */
  readonly blocks: readonly VirtioMemBlock[];
  /**
   * Guards states and plugged subblocks. Taken in the notifier when a block is going on- or
   * offline, and kept until it is there.
   */
  readonly hotplugMutex: Mutex;
  /** Whether the notifier has hotplug_mutex; plain, under mem_hotplug_lock. */
  readonly hotplugActive: Word;
  /** sbm.mb_count[]: blocks of each state; plain. */
  readonly counts: readonly Word[];
  /** Bytes that were added and are offline, here in blocks; atomic. */
  readonly offlineSize: Word;
  /** Subblocks that the hypervisor gave (plugged_size); plain, the work's own. */
  readonly pluggedSize: Word;
  /** Whether the work runs; atomic. */
  readonly wqActive: Word;
  /** The size that the hypervisor asks for, in subblocks (requested_size); atomic. */
  readonly requestedSize: Word;
  /** vm->wq. */
  readonly work: QueuedWork;
  readonly removalLock: SpinLock;
  /** The driver is going away: plain, written under hotplug_mutex and removal_lock. */
  readonly removing: Word;
  /** virtio_mem_online_page_cb() as the memory's core calls it. */
  readonly onliner: PageOnliner;
}

export function makeVirtioMem(
  arena: Arena,
  configuration: Configuration,
  region: readonly MemoryBlock[],
): VirtioMem {
  const blocks = region.map((block) => makeVirtioMemBlock(arena, configuration, block));
  const first = region.map(stateAtFirst);
  const plugged = first.filter((state) => state !== MbState.unused).length;
  const vm: VirtioMem = {
    blocks,
    hotplugMutex: arena.mutex('vm->hotplug_mutex'),
    hotplugActive: arena.word('vm->hotplug_active'),
    counts: Object.entries(MbState).map(([name, state]) =>
      arena.word(`vm->mb_count[${name}]`, first.filter((one) => one === state).length),
    ),
    offlineSize: arena.word(
      'vm->offline_size',
      first.filter((state) => state === MbState.offline).length,
    ),
    pluggedSize: arena.word('vm->plugged_size', plugged * configuration.framesPerBlock),
    wqActive: arena.word('vm->wq_active'),
    requestedSize: arena.word('vm->requested_size', plugged * configuration.framesPerBlock),
    work: makeQueuedWork(arena, 'vm->wq'),
    removalLock: arena.spinLock('vm->removal_lock'),
    removing: arena.word('vm->removing'),
    onliner: {
      name: 'virtio_mem_online_page_cb',
      onlinePage: (block, index, zone) => virtioMemOnlinePage(vm, block, index, zone),
    },
  };
  return vm;
}

/** A block that is there was plugged in full, and came online in zone Normal. */
function stateAtFirst({ presence }: MemoryBlock): number {
  if (presence === 'absent') return MbState.unused;
  return presence === 'online' ? MbState.kernel : MbState.offline;
}

function makeVirtioMemBlock(
  arena: Arena,
  { framesPerBlock }: Configuration,
  block: MemoryBlock,
): VirtioMemBlock {
  const given = block.presence === 'absent' ? 0 : 1;
  return {
    block,
    state: arena.word(`vm->mb_state[${block.name}]`, stateAtFirst(block)),
    plugged: Array.from({ length: framesPerBlock }, (_, index) =>
      arena.word(`vm->plugged[${block.name}.${index}]`, given),
    ),
  };
}

/**
 * virtio_mem_sbm_set_mb_state(). Takes no lock: callers have hotplug_mutex, except
 * `virtioMemSbmPlugAndAddMb`.
 */
export function* setMbState(vm: VirtioMem, mb: VirtioMemBlock, state: number): Step {
  const before = yield* mb.state.read();
  yield* mb.state.write(state);
  const left = vm.counts[before]!;
  const count = yield* left.read();
  check(count !== 0, `kernel BUG: virtio-mem has no block of state ${before} to change`);
  yield* left.write(count - 1);
  const joined = vm.counts[state]!;
  yield* joined.write((yield* joined.read()) + 1);
}

/**
 * virtio_mem_sbm_for_each_mb(): the next block of a state, after those in `done`; as the kernel
 * does, it looks at the count first. Takes no lock.
 *
 * @param backwards - virtio_mem_sbm_for_each_mb_rev()
 */
export function* nextMbOfState(
  vm: VirtioMem,
  state: number,
  done: ReadonlySet<VirtioMemBlock>,
  backwards = false,
): Step<VirtioMemBlock | undefined> {
  for (const mb of backwards ? vm.blocks.toReversed() : vm.blocks) {
    if (done.has(mb)) continue;
    if ((yield* vm.counts[state]!.read()) === 0) return undefined;
    if ((yield* mb.state.read()) === state) return mb;
  }
  return undefined;
}

/** virtio_mem_sbm_test_sb_plugged() and its opposite, for all subblocks: how many are plugged. */
export function* pluggedCount(mb: VirtioMemBlock): Step<number> {
  let count = 0;
  for (const word of mb.plugged) count += yield* word.read();
  return count;
}

/**
 * virtio_mem_retry(): queues the work, unless the driver goes away. Lock order: hotplug_mutex where
 * the notifier calls it, vm->removal_lock (with interrupts off), pool->lock.
 */
export function* virtioMemRetry(vm: VirtioMem): Step {
  yield* vm.removalLock.acquire();
  try {
    if ((yield* vm.removing.read()) === 0) yield* queueWork(vm.work);
  } finally {
    yield* vm.removalLock.release();
  }
}

/**
 * virtio_mem_online_page_cb(): a page of a plugged subblock, or of other memory, goes to the buddy
 * allocator; another one is kept as if it were offline. Lock order: mem_hotplug_lock and
 * hotplug_mutex (the caller's), zone->lock. The list of devices under RCU has one in the model.
 */
function* virtioMemOnlinePage(
  vm: VirtioMem,
  block: MemoryBlock,
  index: number,
  zone: Zone,
): Step<boolean> {
  const mb = vm.blocks.find((one) => one.block === block);
  if (mb !== undefined && (yield* mb.plugged[index]!.read()) === 0) {
    // virtio_mem_set_fake_offline()
    yield* block.frames[index]!.store(PageUse.balloon);
    return false;
  }
  yield* genericOnlinePage(block, index, zone);
  return true;
}
