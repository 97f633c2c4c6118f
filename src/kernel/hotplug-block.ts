import type { Arena, Mutex, Region, SpinLock, Step, Word } from '../program/index.ts';
import { State } from './memory-state.ts';

/**
 * A memory block with the least that hotplug races about: its device, its state, its struct pages
 * and whether the page allocator has them. For worlds of a few locks; `memory-block.ts` has the
 * whole of it.
 */
export interface HotplugBlock {
  readonly name: string;
  /** device_lock() of the block, or what guards mem->state in its place. */
  readonly lock: Mutex;
  /** dev->offline; plain, under device_lock. */
  readonly offline: Word;
  /** mem->state; plain, under the lock that the release has for it. */
  readonly state: Word;
  /** Whether the block's pages are on the zone's free lists; plain, under zone->lock. */
  readonly free: Word;
  readonly zoneLock: SpinLock;
  /** The struct pages. */
  readonly memmap: Region;
  /** One word for all of them. */
  readonly page: Word;
}

/**
 * Blocks of boot memory, online, of one zone.
 *
 * @param lock - what the block's lock is called: `state_mutex` in releases whose mem->state has a
 *   lock of its own
 */
export function makeHotplugBlocks(
  arena: Arena,
  names: readonly string[],
  lock: 'device_lock' | 'state_mutex' = 'device_lock',
): HotplugBlock[] {
  const zoneLock = arena.spinLock('zone->lock');
  return names.map((name) => {
    const { region, inside } = arena.region(`${name}.memmap`, () => arena.word(`${name}.page`));
    return {
      name,
      lock: arena.mutex(`${name}.${lock}`, { class: `memory ${lock}` }),
      offline: arena.word(`${name}.offline`, 0),
      state: arena.word(`${name}.state`, State.online),
      free: arena.word(`${name}.free`, 1),
      zoneLock,
      memmap: region,
      page: inside,
    };
  });
}

/**
 * online_pages(), offline_pages(): gives the block's pages to the page allocator, or takes them
 * from it. All releases. Lock order: the memory hotplug lock (the caller's), zone->lock.
 */
export function* setPagesOnline(block: HotplugBlock, online: boolean): Step {
  yield* block.zoneLock.acquire();
  try {
    yield* block.free.write(online ? 1 : 0);
  } finally {
    yield* block.zoneLock.release();
  }
}

/**
 * memory_block_change_state(): the state is stored after the pages have changed sides. There is no
 * state for "going online". All releases.
 *
 * Lock order: the lock of mem->state (the caller's), then what `action` takes.
 *
 * @param action - memory_block_action(): online_pages() or offline_pages() with its locks
 * @returns whether the block was in the other state
 */
export function* changeBlockState(
  block: HotplugBlock,
  to: number,
  action: () => Step,
): Step<boolean> {
  const from = to === State.online ? State.offline : State.online;
  if ((yield* block.state.read()) !== from) return false;
  if (to === State.offline) yield* block.state.write(State.goingOffline);
  yield* action();
  yield* block.state.write(to);
  return true;
}

/**
 * alloc_page() from this block, if it has free pages: the page's struct page is written. All
 * releases. Lock order: zone->lock.
 */
export function* allocPageOf(block: HotplugBlock): Step {
  yield* block.zoneLock.acquire();
  try {
    if ((yield* block.free.read()) !== 0) yield* block.page.write(1);
  } finally {
    yield* block.zoneLock.release();
  }
}
