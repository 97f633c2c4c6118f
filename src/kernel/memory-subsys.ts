import type { Step } from '../program/index.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType, State } from './memory-state.ts';
import { checkRule } from './rules.ts';
import { memoryBlockOffline, memoryBlockOnline } from './memory-block-online.ts';

/**
 * memory_subsys_online(), the memory bus's callback of device_online(). All releases.
 *
 * Lock order: device_lock (held by device_online()); without fa2be40fe7c0 (v3.12) state_mutex; then
 * as in `memoryBlockOnline`.
 */
export function* memorySubsysOnline(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* checkRule(kernel, 'reachable-when-added', block);
  return yield* underStateMutex(block, () => subsysOnline(kernel, block));
}

/** What memory_subsys_online() does under state_mutex until v3.11. */
function* subsysOnline(kernel: Kernel, block: MemoryBlock): Step<number> {
  if ((yield* block.state.read()) === State.online) return 0;
  yield* checkRule(kernel, 'online-type-under-device-hotplug-lock', block);
  // The `online` attribute sets no type: the default then.
  if ((yield* block.onlineType.read()) === OnlineType.unset) {
    yield* block.onlineType.write(OnlineType.keep);
  }
  const result = yield* memoryBlockChangeState(kernel, block, State.online, State.offline);
  yield* block.onlineType.write(OnlineType.unset);
  return result;
}

/**
 * memory_subsys_offline(), the memory bus's callback of device_offline(). All releases.
 *
 * Lock order: device_lock (held by device_offline()); without fa2be40fe7c0 (v3.12) state_mutex;
 * then as in `memoryBlockOffline`.
 */
export function* memorySubsysOffline(kernel: Kernel, block: MemoryBlock): Step<number> {
  yield* checkRule(kernel, 'reachable-when-added', block);
  return yield* underStateMutex(block, () => subsysOffline(kernel, block));
}

/** What memory_subsys_offline() does under state_mutex until v3.11. */
function* subsysOffline(kernel: Kernel, block: MemoryBlock): Step<number> {
  if ((yield* block.state.read()) === State.offline) return 0;
  if (kernel.release.refusesPartialBlocks) {
    if ((yield* block.sectionCount.read()) !== kernel.configuration.sectionsPerBlock)
      return -EINVAL;
  }
  return yield* memoryBlockChangeState(kernel, block, State.offline, State.online);
}

/** mem->state_mutex, where the release has one. */
function* underStateMutex({ stateMutex }: MemoryBlock, body: () => Step<number>): Step<number> {
  if (stateMutex === undefined) return yield* body();
  yield* stateMutex.acquire();
  try {
    return yield* body();
  } finally {
    yield* stateMutex.release();
  }
}

/**
 * memory_block_change_state(). All releases. There is no state for "going online".
 *
 * Lock order: under device_lock (state_mutex without fa2be40fe7c0), then as in `memoryBlockOnline`
 * and `memoryBlockOffline`.
 */
export function* memoryBlockChangeState(
  kernel: Kernel,
  block: MemoryBlock,
  to: number,
  from: number,
): Step<number> {
  if ((yield* block.state.read()) !== from) return -EINVAL;
  if (to === State.offline) yield* block.state.write(State.goingOffline);
  const result =
    to === State.online
      ? yield* memoryBlockOnline(kernel, block)
      : yield* memoryBlockOffline(kernel, block);
  if (result === 0) yield* block.state.write(to);
  else if (to === State.offline) yield* block.state.write(from);
  return result;
}
