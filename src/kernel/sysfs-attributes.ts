import type { Step } from '../program/index.ts';
import { autoOnlineBlocksShow } from './auto-online-blocks.ts';
import type { Device } from './device.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType, PageUse, State } from './memory-state.ts';
import { pagesPerBlock, ZoneIndex } from './zone.ts';
import { zoneForPfnRange, zoneName } from './zone-choice.ts';

/** An attribute file of sysfs, as a directory lists it. */
export interface SysfsAttribute {
  /** Below its device's directory, or below `memory` where it has no device. */
  readonly name: string;
  /** 0o644, 0o444 or 0o200. */
  readonly mode: number;
  /** The attribute's show callback; none for a file that can only be written. */
  readonly show?: (kernel: Kernel) => Step<string>;
}

/** Of 4 KiB each. */
const pageBytes = 4096;

/** A show callback whose text never changes. */
const constant = (text: string) =>
  // eslint-disable-next-line require-yield
  function* (): Step<string> {
    return text;
  };

/** /sys/devices/system/memory itself. All releases; `auto_online_blocks` since v4.6. */
export function memoryAttributes(kernel: Kernel): readonly SysfsAttribute[] {
  const bytes = (pagesPerBlock * pageBytes).toString(16);
  const policy = { name: 'auto_online_blocks', mode: 0o644, show: autoOnlineBlocksShow };
  return [
    ...(kernel.release.autoOnline === 'never' ? [] : [policy]),
    { name: 'block_size_bytes', mode: 0o444, show: constant(`${bytes}\n`) },
    { name: 'probe', mode: 0o200 },
    { name: 'soft_offline_page', mode: 0o200 },
    { name: 'uevent', mode: 0o644, show: constant('') },
  ];
}

/** The directory of a memory block (drivers/base/memory.c). All releases. */
export function blockAttributes(block: MemoryBlock): readonly SysfsAttribute[] {
  const index = block.number.toString(16).padStart(8, '0');
  return [
    { name: 'online', mode: 0o644, show: () => onlineShow(block) },
    { name: 'phys_device', mode: 0o444, show: constant('0\n') },
    { name: 'phys_index', mode: 0o444, show: constant(`${index}\n`) },
    { name: 'removable', mode: 0o444, show: (kernel) => removableShow(kernel, block) },
    { name: 'state', mode: 0o644, show: () => stateShow(block) },
    { name: 'uevent', mode: 0o644, show: constant('') },
    { name: 'valid_zones', mode: 0o444, show: (kernel) => validZonesShow(kernel, block) },
  ];
}

/**
 * online_show() (drivers/base/core.c). All releases.
 *
 * Lock order: the active reference (the caller's), device_lock: it waits while the device goes on-
 * or offline.
 */
export function* onlineShow(device: Device): Step<string> {
  yield* device.lock.acquire();
  try {
    return (yield* device.offline.read()) === 0 ? '1\n' : '0\n';
  } finally {
    yield* device.lock.release();
  }
}

/**
 * state_show() (show_mem_state()). All releases. Takes no lock: against a block that goes on- or
 * offline meanwhile that is a data race, and is reported as one.
 */
function* stateShow(block: MemoryBlock): Step<string> {
  const state = yield* block.state.read();
  if (state === State.online) return 'online\n';
  return state === State.offline ? 'offline\n' : 'going-offline\n';
}

/**
 * removable_show(). v6.1, v6.8: always 1; before 53cdc1cb29e8 (v5.8): whether all that is in the
 * pages could be moved. Takes no lock.
 */
function* removableShow(kernel: Kernel, block: MemoryBlock): Step<string> {
  if (kernel.release.has('53cdc1cb29e8')) return '1\n';
  if ((yield* block.state.read()) !== State.online) return '1\n';
  if ((yield* block.pageZone.read()) === ZoneIndex.movable) return '1\n';
  for (const frame of block.frames) {
    if ((yield* frame.load()) === PageUse.unmovable) return '0\n';
  }
  return '1\n';
}

/**
 * valid_zones_show(): the zone of a block that is online; for one that is not, the zone that a
 * plain `online` gives, then what the other words give, each zone once. All releases are shown as
 * v4.18 and later; takes no lock.
 */
function* validZonesShow(kernel: Kernel, block: MemoryBlock): Step<string> {
  if ((yield* block.state.read()) === State.online) {
    const known = kernel.release.memoryBlockKnowsZone ? block.zone : block.pageZone;
    return `${zoneName(yield* known.read())}\n`;
  }
  const names: string[] = [];
  for (const type of [OnlineType.keep, OnlineType.kernel, OnlineType.movable]) {
    const { name } = yield* zoneForPfnRange(kernel, block, type);
    if (!names.includes(name)) names.push(name);
  }
  return `${names.join(' ')}\n`;
}
