import type { Arena, Guards, Mutex, Region, Step, Word } from '../program/index.ts';
import { OnlineType, State } from './memory-state.ts';

/**
 * What lies in struct memory_block and the struct device in it: gone with the last reference, until
 * the block is added again. (mem->nid and mem->section_count, which the model also uses where there
 * is no device, and the reference count itself, are kept apart.)
 */
export interface MemoryBlockStruct {
  readonly struct: Region;
  /** device_lock(). */
  readonly lock: Mutex;
  /** mem->state_mutex, until fa2be40fe7c0 (v3.12): of mem->state, in place of device_lock. */
  readonly stateMutex: Mutex | undefined;
  /** dev->offline: 1 while the device is offline. */
  readonly offline: Word;
  /** Whether device_del() has begun; under device_lock. */
  readonly dead: Word;
  /** Changed under device_lock (or state_mutex), plainly. Readers of `state` take no lock. */
  readonly state: Word;
  /** By convention under device_hotplug_lock; plain. */
  readonly onlineType: Word;
  /** mem->zone, an index, or none: kept while the block is online, from v5.18 on. Plain. */
  readonly zone: Word;
  /** Pages that soft_offline_page() took (mem->nr_hwpoison, from v6.2 on); atomic. */
  readonly poisonedPages: Word;
}

/** What differs between blocks when an execution begins. */
export interface FirstBlockContents {
  readonly present: boolean;
  readonly online: boolean;
  /** mem->zone. */
  readonly zone: number;
  /** Whether the release has mem->state_mutex. */
  readonly hasStateMutex: boolean;
}

export function makeMemoryBlockStruct(
  arena: Arena,
  name: string,
  { present, online, zone, hasStateMutex }: FirstBlockContents,
): MemoryBlockStruct {
  const underDeviceLock: Guards = { writesNeed: `${name}.device_lock` };
  const stateMutex = `${name}.state_mutex`;
  const { region, inside } = arena.region(
    `${name}.struct`,
    () => ({
      lock: arena.mutex(`${name}.device_lock`, { class: 'memory device_lock' }),
      stateMutex: hasStateMutex
        ? arena.mutex(stateMutex, { class: 'memory state_mutex' })
        : undefined,
      offline: arena.word(`${name}.offline`, online ? 0 : 1, underDeviceLock),
      dead: arena.word(`${name}.dead`, 0, underDeviceLock),
      state: arena.word(`${name}.state`, online ? State.online : State.offline, {
        writesNeed: hasStateMutex ? stateMutex : `${name}.device_lock`,
      }),
      onlineType: arena.word(`${name}.online_type`, OnlineType.unset, {
        guardedBy: 'device_hotplug_lock',
      }),
      zone: arena.word(`${name}.zone`, zone, { writesNeed: 'mem_hotplug_lock' }),
      poisonedPages: arena.word(`${name}.nr_hwpoison`),
    }),
    { retired: !present },
  );
  return { struct: region, ...inside };
}

/** A device and the references to it. */
interface Referenced extends Pick<MemoryBlockStruct, 'struct'> {
  readonly references: Word;
}

/** get_device(). All releases. Lock order: none; the caller must know that the device is there. */
export function* getDevice({ references }: Referenced): Step {
  yield* references.add(1);
}

/**
 * put_device(): the last one runs memory_block_release(), and whoever uses the block afterwards
 * uses freed memory. All releases. Lock order: none; no lock of the block may be held.
 */
export function* putDevice({ references, struct }: Referenced): Step {
  if ((yield* references.add(-1)) === 1) yield* struct.retire();
}

/**
 * kzalloc() and device_initialize(): a new block with one reference, the registration's own. All
 * releases. Lock order: none.
 */
export function* initialiseDevice({ references, struct }: Referenced): Step {
  yield* struct.revive();
  yield* references.store(1);
}
