import { check, type Arena, type Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { OnlineType, Page, PageUse, State } from './memory-state.ts';
import { onlineStore } from './online-store.ts';
import { stateShow } from './state-show.ts';
import { stateStore } from './state-store.ts';
import { onlineShow } from './sysfs-attributes.ts';
import { constantText, makeSysfsFile, type SysfsCallbacks } from './sysfs-file.ts';
import type { SysfsFile } from './sysfs.ts';
import { ueventStore } from './uevent-store.ts';
import { ZoneIndex } from './zone.ts';
import { zoneForPfnRange, zoneName } from './zone-choice.ts';
import { zoneOfPages } from './zone-of-pages.ts';

/**
 * The files of a memory block in the order in which device_add() makes them: `uevent`, the groups
 * of drivers/base/memory.c, and `online`, which the driver core adds. All releases.
 *
 * @param block - the block, once it is made
 * @param present - whether the block is there when an execution begins
 */
export function makeBlockFiles(
  arena: Arena,
  name: string,
  number: number,
  block: () => MemoryBlock,
  present: boolean,
): readonly SysfsFile[] {
  const file = (attribute: string, callbacks: SysfsCallbacks): SysfsFile =>
    makeSysfsFile(arena, `${name}/${attribute}`, callbacks, present);
  return [
    file('uevent', {
      show: constantText(''),
      store: (kernel, input) => ueventStore(kernel, input, block().added),
    }),
    file('phys_index', { show: constantText(`${number.toString(16).padStart(8, '0')}\n`) }),
    file('state', {
      show: () => stateShow(block()),
      store: (kernel, input) => stateStore(kernel, block(), input),
    }),
    file('phys_device', { show: constantText('0\n') }),
    file('removable', { show: (kernel) => removableShow(kernel, block()) }),
    file('valid_zones', { show: (kernel) => validZonesShow(kernel, block()) }),
    file('online', {
      show: () => onlineShow(block()),
      store: (kernel, input) => onlineStore(kernel, block(), input),
    }),
  ];
}

/**
 * removable_show(). v6.1, v6.8: always 1; before 53cdc1cb29e8 (v5.8): whether all that is in the
 * pages could be moved. Takes no lock: what it reads there may be poisoned meanwhile.
 */
function* removableShow(kernel: Kernel, block: MemoryBlock): Step<string> {
  if (kernel.release.has('53cdc1cb29e8')) return '1\n';
  if ((yield* block.state.read()) !== State.online) return '1\n';
  const page = yield* block.page.read();
  check(page === Page.initialised, 'VM_BUG_ON_PAGE(PagePoisoned(page)) in removable_show()');
  if ((yield* block.pageZone.read()) === ZoneIndex.movable) return '1\n';
  for (const frame of block.frames) {
    if ((yield* frame.load()) === PageUse.unmovable) return '0\n';
  }
  return '1\n';
}

/**
 * valid_zones_show(): the zone of a block that is online; for one that is not, the zone that a
 * plain `online` gives, then what the other words give, each zone once. While a block goes offline
 * its range is still a part of its zone, which comes first then. All releases are shown as v4.18
 * and later; takes no lock.
 */
function* validZonesShow(kernel: Kernel, block: MemoryBlock): Step<string> {
  if ((yield* block.state.read()) === State.online) {
    const { memoryBlockKnowsZone } = kernel.release;
    const zone = memoryBlockKnowsZone
      ? yield* block.zone.read()
      : yield* zoneOfPages(kernel, block);
    return `${zoneName(zone)}\n`;
  }
  const names: string[] = [];
  for (const type of [OnlineType.keep, OnlineType.kernel, OnlineType.movable]) {
    const { name } = yield* zoneForPfnRange(kernel, block, type);
    if (!names.includes(name)) names.push(name);
  }
  return `${names.join(' ')}\n`;
}
