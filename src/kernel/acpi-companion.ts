import type { Arena, Mutex, Word } from '../program/index.ts';
import type { MemoryRange } from './walk-memory-blocks.ts';

/** Bits of what _STA answers (ACPI specification). */
export const AcpiStatus = { present: 1, enabled: 2, shown: 4, functioning: 8 } as const;

/** _STA of a device that is there and works. */
export const acpiStatusWorking = 0xf;

/** What _EJ0 of a device does: the firmware's own. */
export const Ejection = { works: 0, doesNothing: 1, fails: 2, isMissing: 3 } as const;

/**
 * What ACPI knows of a memory device and of its blocks. Each block has one; of a device of several
 * blocks the first block's has what is the device's.
 */
export interface AcpiCompanion {
  /** Of the device: guards the list of what it consists of, which is `bound` of its blocks. */
  readonly physicalNodeLock: Mutex;
  /** Of the block: whether the device is bound to it; under physical_node_lock. */
  readonly bound: Word;
  /** Of the block: put_online: an offline pass of an eject took it offline; as `bound`. */
  readonly putOnline: Word;
  /** Of the first block of a range of _CRS: info->enabled; under acpi_scan_lock. */
  readonly enabled: Word;
  /** Of the device: adev->handler; written under acpi_scan_lock, atomic: `eject` only looks. */
  readonly handler: Word;
  /** Of the device: adev->handle is INVALID_ACPI_HANDLE; under acpi_scan_lock. */
  readonly handleInvalid: Word;
  /** Of the device: mem_device->mgid, or -1; under acpi_scan_lock. */
  readonly groupId: Word;
  /** Of the device: what _STA answers ({@link AcpiStatus}); the firmware's, atomic. */
  readonly status: Word;
  /** Of the device: what _EJ0 does ({@link Ejection}); the firmware's, atomic. */
  readonly ejection: Word;
  /** Of the device: how often "Eject incomplete" went to the log. */
  readonly ejectIncomplete: Word;
}

/** @param bound - whether the device was enumerated, with this block, before the execution began */
export function makeAcpiCompanion(arena: Arena, name: string, bound: boolean): AcpiCompanion {
  const first = bound ? 1 : 0;
  const word = (what: string, initial = 0) => arena.word(`${name}.acpi_${what}`, initial);
  return {
    physicalNodeLock: arena.mutex(`${name}.physical_node_lock`, { class: 'physical_node_lock' }),
    bound: word('bound', first),
    putOnline: word('put_online'),
    enabled: word('enabled', first),
    handler: word('handler', first),
    handleInvalid: word('handle_invalid'),
    groupId: word('mgid', -1),
    status: word('sta', acpiStatusWorking),
    ejection: word('ej0', Ejection.works),
    ejectIncomplete: word('eject_incomplete'),
  };
}

/** The device that a range of blocks is: what its first block has of it. */
export function acpiDeviceOf(range: MemoryRange): AcpiCompanion {
  return ('number' in range ? range : range[0]!).acpi;
}
