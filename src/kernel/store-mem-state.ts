import type { Arena, Mutex, Step } from '../program/index.ts';
import { changeBlockState, setPagesOnline, type HotplugBlock } from './hotplug-block.ts';
import { State } from './memory-state.ts';

/** A memory block whose state has a lock beside device_lock, as until fa2be40fe7c0 (v3.12). */
export interface StateMutexBlock extends HotplugBlock {
  /** mem->state_mutex. */
  readonly stateMutex: Mutex;
}

export function withStateMutex(arena: Arena, block: HotplugBlock): StateMutexBlock {
  return { ...block, stateMutex: arena.mutex(`${block.name}.state_mutex`) };
}

/** memory_block_change_state(). Lock order: state_mutex where there is one, zone->lock. */
function* memoryBlockChangeState(block: HotplugBlock, to: number): Step<boolean> {
  return yield* changeBlockState(block, to, () => setPagesOnline(block, to === State.online));
}

/**
 * store_mem_state() of v3.11: the file `state` has a way of its own, without device_lock, and tells
 * the device afterwards.
 *
 * Lock order: (device_hotplug_lock, the caller's), state_mutex, zone->lock. dev->offline is written
 * without device_lock, after state_mutex is given back.
 */
export function* storeMemState(block: StateMutexBlock, to: number): Step {
  yield* block.stateMutex.acquire();
  let changed: boolean;
  try {
    changed = yield* memoryBlockChangeState(block, to);
  } finally {
    yield* block.stateMutex.release();
  }
  if (changed) yield* block.offline.write(to === State.offline ? 1 : 0);
}

/**
 * device_online() or device_offline(), as the file `online` asks for it, with the memory bus's
 * callback.
 *
 * Lock order: (device_hotplug_lock, the caller's), device_lock; before fa2be40fe7c0 then
 * state_mutex; zone->lock.
 *
 * @param hasStateMutex - false from fa2be40fe7c0 on, where `state` comes this way too
 */
export function* setDeviceState(block: StateMutexBlock, to: number, hasStateMutex: boolean): Step {
  const offline = to === State.offline ? 1 : 0;
  yield* block.lock.acquire();
  try {
    if ((yield* block.offline.read()) === offline) return;
    if (hasStateMutex) yield* block.stateMutex.acquire();
    try {
      yield* memoryBlockChangeState(block, to);
    } finally {
      if (hasStateMutex) yield* block.stateMutex.release();
    }
    yield* block.offline.write(offline);
  } finally {
    yield* block.lock.release();
  }
}
