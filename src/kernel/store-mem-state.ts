import type { Mutex, Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType, State } from './memory-state.ts';
import { memoryBlockChangeState } from './memory-subsys.ts';
import { checkRule } from './rules.ts';
import { kobjectUevent } from './uevent.ts';

/**
 * store_mem_state() until v3.11, where fa2be40fe7c0 is not in: the file `state` has a way of its
 * own, without device_lock, and tells the device afterwards. (online_type is an argument there, and
 * here the word of later releases.)
 *
 * Lock order: (device_hotplug_lock, the caller's), state_mutex, then as in `memoryBlockOnline` and
 * `memoryBlockOffline`. dev->offline is written without device_lock, after state_mutex is given
 * back.
 *
 * @param type - how to bring the block online; undefined: take it offline
 * @returns 0, -EINVAL where the block is in that state already, or what online_pages() or
 *   offline_pages() answers
 */
export function* storeMemState(
  kernel: Kernel,
  block: MemoryBlock,
  stateMutex: Mutex,
  type: number | undefined,
): Step<number> {
  yield* checkRule(kernel, 'reachable-when-added', block);
  const offlines = type === undefined;
  const [to, from] = offlines ? [State.offline, State.online] : [State.online, State.offline];
  let result: number;
  yield* stateMutex.acquire();
  try {
    if (!offlines) yield* block.onlineType.write(type);
    result = yield* memoryBlockChangeState(kernel, block, to, from);
    if (!offlines) yield* block.onlineType.write(OnlineType.unset);
    if (result === 0) yield* kobjectUevent(kernel);
  } finally {
    yield* stateMutex.release();
  }
  if (result === 0) yield* block.offline.write(offlines ? 1 : 0);
  return result;
}
