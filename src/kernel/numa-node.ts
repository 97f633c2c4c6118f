import { check, type Arena, type Mutex, type Step, type Word } from '../program/index.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** The node's blocks, as bits. */
const Block = { removed: 1, neverOnlined: 2 } as const;

/** A node with two blocks: one that was in use and is to be removed, and a new one. */
export interface NumaNode {
  /** 2c91f8fc6c99 (v5.4): the node's memory blocks count, not its span. */
  readonly looksAtDevices: boolean;
  /** The node's bit of node_states[N_ONLINE]; atomic bit operations. */
  readonly online: Word;
  /** Blocks in the node's span: those that have been online. Under mem_hotplug_lock. */
  readonly span: Word;
  /** Memory block devices of the node. Under device_hotplug_lock. */
  readonly devices: Word;
  /** device_lock() of the new block. */
  readonly newBlockLock: Mutex;
}

export function makeNumaNode(arena: Arena, looksAtDevices: boolean): NumaNode {
  return {
    looksAtDevices,
    online: arena.word('node1.online', 1),
    span: arena.word('node1.span', Block.removed),
    devices: arena.word('node1.devices', Block.removed | Block.neverOnlined),
    newBlockLock: arena.mutex('memory45.device_lock', { class: 'memory device_lock' }),
  };
}

/**
 * remove_memory() of the node's offline block.
 *
 * Lock order: device_hotplug_lock, cpu_hotplug_lock (read), mem_hotplug_lock.
 */
export function* removeOfflineBlock(kernel: Kernel, node: NumaNode): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* memHotplugBegin(kernel);
    try {
      yield* node.devices.write((yield* node.devices.read()) & ~Block.removed);
      yield* node.span.write((yield* node.span.read()) & ~Block.removed);
      yield* tryOfflineNode(node);
    } finally {
      yield* memHotplugDone(kernel);
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * try_offline_node(): a node without memory goes. Up to v5.3 it looked for sections in the node's
 * span, which memory that was added and never brought online is not in.
 *
 * Lock order: device_hotplug_lock and mem_hotplug_lock, both the caller's.
 */
function* tryOfflineNode(node: NumaNode): Step {
  const left = node.looksAtDevices ? yield* node.devices.read() : yield* node.span.read();
  if (left === 0) yield* node.online.store(0);
}

/**
 * device_online() of the new block, as far as online_pages() uses its node.
 *
 * Lock order: device_hotplug_lock (the file's try, here without: nobody removes the file),
 * device_lock, cpu_hotplug_lock (read), mem_hotplug_lock.
 */
export function* onlineNewBlock(kernel: Kernel, node: NumaNode): Step {
  yield* lockDeviceHotplug(kernel);
  try {
    yield* node.newBlockLock.acquire();
    try {
      yield* memHotplugBegin(kernel);
      try {
        const online = yield* node.online.load();
        check(online !== 0, 'online_pages() uses the data of a node that is offline');
        yield* node.span.write((yield* node.span.read()) | Block.neverOnlined);
      } finally {
        yield* memHotplugDone(kernel);
      }
    } finally {
      yield* node.newBlockLock.release();
    }
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}
