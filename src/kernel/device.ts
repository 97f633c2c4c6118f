import type { Completion, Mutex, Step, Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { SysfsFile } from './sysfs.ts';

/** struct device, as much as hotplug needs (include/linux/device.h). */
export interface Device {
  /** As in /sys/devices/system: memory33, cpu1. */
  readonly name: string;
  /** device_lock(): serialises the bus's callbacks, and guards `offline`. */
  readonly lock: Mutex;
  /** dev->offline: 1 while the device is offline. */
  readonly offline: Word;
  /** dev->offline_disabled: it never goes offline. Set before it is registered; default no. */
  readonly offlineDisabled?: boolean;
  /** Devices below it; default none. */
  readonly children?: readonly Device[];
  /** Whether device_del() has begun; under device_lock. */
  readonly dead: Word;
  /** Whether the device is in its bus's list, which has a lock of its own; atomic. */
  readonly onBus: Word;
  /** Its attribute files, in the order in which device_add() makes them. */
  readonly files: readonly SysfsFile[];
  /** Sent with the uevent KOBJ_ADD. */
  readonly added: Completion;
  /** Sent with KOBJ_REMOVE, of devices that somebody may wait for. */
  readonly removed?: Completion;
  /** The bus's callbacks, already told which device they are for; called under device_lock. */
  readonly bus: BusCallbacks;
}

/** The part of struct bus_type that hotplug calls. */
export interface BusCallbacks {
  readonly online: (kernel: Kernel) => Step<number>;
  readonly offline: (kernel: Kernel) => Step<number>;
}
