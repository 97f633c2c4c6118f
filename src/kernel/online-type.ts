import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import { lockDeviceHotplugSysfs, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';

/** mem->online_type: how the block is to be brought online; `unset` asks for the default. */
export const Type = { unset: 0, online: 1, movable: 3 } as const;

/** Where the block's pages are; by default in Normal. */
export const Zone = { none: 0, normal: 1, movable: 2 } as const;

/** A memory block and what remembers how it is to be brought online. */
export interface TypedBlock {
  /** Whether the `state` file forgets a type that came to nothing; no release does. */
  readonly forgetsType: boolean;
  readonly lock: Mutex;
  /** dev->offline; under device_lock. */
  readonly offline: Word;
  /** mem->online_type; under device_hotplug_lock. */
  readonly type: Word;
  /** Under mem_hotplug_lock. */
  readonly zone: Word;
  /** The zone that the last successful request asked for; the scenario's own, as `zone`. */
  readonly zoneAsked: Word;
  readonly files: readonly SysfsFile[];
}

/** memory54: offline. */
export function makeTypedBlock(arena: Arena, forgetsType: boolean): TypedBlock {
  const active = (file: string) =>
    arena.activeRef(`memory54/${file}.active`, { class: `kn->active(${file})`, active: true });
  const block: TypedBlock = {
    forgetsType,
    lock: arena.mutex('memory54.device_lock', { class: 'memory device_lock' }),
    offline: arena.word('memory54.offline', 1),
    type: arena.word('memory54.online_type', Type.unset),
    zone: arena.word('memory54.zone', Zone.none),
    zoneAsked: arena.word('memory54.zone asked for', Zone.none),
    files: [
      {
        path: 'memory54/state',
        active: active('state'),
        store: (kernel, input) => storeState(kernel, block, input),
      },
      {
        path: 'memory54/online',
        active: active('online'),
        store: (kernel, input) => storeOnline(kernel, block, input),
      },
    ],
  };
  return block;
}

/**
 * state_store() for `online_movable`, v4.20 and v6.1: the type is stored whatever comes of it.
 *
 * Lock order: device_hotplug_lock (by try), device_lock, cpu_hotplug_lock (read), mem_hotplug_lock.
 *
 * @returns the bytes taken; -EINVAL if the block is online already
 */
function* storeState(kernel: Kernel, block: TypedBlock, input: string): Step<number> {
  if (sysfsText(input) !== 'online_movable') return -EINVAL;
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    yield* block.type.write(Type.movable);
    const result = yield* deviceOnline(kernel, block, Zone.movable);
    if (result > 0 && block.forgetsType) yield* block.type.write(Type.unset);
    return result > 0 ? -EINVAL : input.length;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * online_store() in drivers/base/core.c: it knows no types. Lock order: as in {@link storeState}.
 *
 * @returns the bytes taken, also if the block is in that state already
 */
function* storeOnline(kernel: Kernel, block: TypedBlock, input: string): Step<number> {
  const locked = yield* lockDeviceHotplugSysfs(kernel);
  if (locked !== 0) return locked;
  try {
    if (sysfsText(input) === '1') yield* deviceOnline(kernel, block, Zone.normal);
    else yield* deviceOffline(kernel, block);
    return input.length;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

/**
 * device_online(), memory_subsys_online(): the type is used, and cleared, only if the block was
 * offline.
 *
 * Lock order: device_lock, cpu_hotplug_lock (read), mem_hotplug_lock.
 *
 * @returns 0, or 1 if the block is online already
 */
function* deviceOnline(kernel: Kernel, block: TypedBlock, asked: number): Step<number> {
  yield* block.lock.acquire();
  try {
    if ((yield* block.offline.read()) === 0) return 1;
    const movable = (yield* block.type.read()) === Type.movable;
    yield* changeZone(kernel, block, movable ? Zone.movable : Zone.normal, asked);
    yield* block.type.write(Type.unset);
    yield* block.offline.write(0);
    return 0;
  } finally {
    yield* block.lock.release();
  }
}

/** device_offline(). Lock order: as in {@link deviceOnline}. */
function* deviceOffline(kernel: Kernel, block: TypedBlock): Step {
  yield* block.lock.acquire();
  try {
    if ((yield* block.offline.read()) !== 0) return;
    yield* changeZone(kernel, block, Zone.none, Zone.none);
    yield* block.offline.write(1);
  } finally {
    yield* block.lock.release();
  }
}

/** online_pages() and offline_pages(), as far as the zone goes. */
function* changeZone(kernel: Kernel, block: TypedBlock, zone: number, asked: number): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* block.zone.write(zone);
    yield* block.zoneAsked.write(asked);
  } finally {
    yield* memHotplugDone(kernel);
  }
}
