import type { Arena, Region, Word } from '../program/index.ts';
import type { Device } from './device.ts';
import { memorySubsysOffline, memorySubsysOnline } from './memory-subsys.ts';
import { onlineStore } from './online-store.ts';
import { OnlineType, Page, State } from './memory-state.ts';
import type { Release } from './release.ts';
import { stateStore } from './state-store.ts';

/** The number of the first block of hot-added memory, as on a small x86 machine. */
export const firstBlock = 32;

/** struct memory_block (include/linux/memory.h) and the memory it stands for: one section. */
export interface MemoryBlock extends Device {
  readonly number: number;
  /** Changed under device_lock, plainly. Readers of the `state` file take no lock. */
  readonly state: Word;
  /** By convention under device_hotplug_lock; plain. */
  readonly onlineType: Word;
  /** The block's node: -1 until it has been registered under one. Used by v6.1 only; plain. */
  readonly nid: Word;
  /** Sections of the block that are present; before v6.1, written under mem_sysfs_mutex. */
  readonly sectionCount: Word;
  /** Whether /proc/iomem lists the range; under resource_lock. */
  readonly resource: Word;
  /**
   * SECTION_IS_ONLINE, set when the pages go to the buddy allocator (v4.13 on; in v3.19 the cleared
   * PG_reserved bit of the pages says it). Atomic here: pfn_to_online_page() tests it without any
   * lock, and what it then reads of the struct pages must have been written before the flag.
   */
  readonly sectionOnline: Word;
  /** The struct pages: gone until the memory is added. */
  readonly memmap: Region;
  /** One word for all struct pages of the block; see {@link Page}. */
  readonly page: Word;
}

/** @param present - whether the block was added, and left offline, before the execution begins */
export function makeMemoryBlock(
  arena: Arena,
  release: Release,
  number: number,
  present: boolean,
): MemoryBlock {
  const name = `memory${number}`;
  const joined = present && release.rangeJoinsZoneOnAdd;
  const { region, inside } = arena.region(
    `${name}.memmap`,
    () => arena.word(`${name}.page`, joined ? Page.initialised : Page.uninitialised),
    { retired: !present },
  );
  const active = (file: string) =>
    arena.activeRef(`${name}/${file}.active`, { class: `kn->active(${file})`, active: present });
  const block: MemoryBlock = {
    name,
    number,
    lock: arena.mutex(`${name}.device_lock`, { class: 'memory device_lock' }),
    offline: arena.word(`${name}.offline`, 1),
    added: arena.completion(`${name}.uevent`),
    state: arena.word(`${name}.state`, State.offline),
    onlineType: arena.word(`${name}.online_type`, OnlineType.unset),
    nid: arena.word(`${name}.nid`, present ? 0 : -1),
    sectionCount: arena.word(`${name}.section_count`, present ? 1 : 0),
    resource: arena.word(`${name}.resource`, present ? 1 : 0),
    sectionOnline: arena.word(`${name}.section_online`, 0),
    memmap: region,
    page: inside,
    files: [
      {
        path: `${name}/state`,
        active: active('state'),
        store: (kernel, input) => stateStore(kernel, block, input),
      },
      {
        path: `${name}/online`,
        active: active('online'),
        store: (kernel, input) => onlineStore(kernel, block, input),
      },
    ],
    bus: {
      online: (kernel) => memorySubsysOnline(kernel, block),
      offline: (kernel) => memorySubsysOffline(kernel, block),
    },
  };
  return block;
}
