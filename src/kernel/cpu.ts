import type { Arena, Mutex, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { cpuHotplugFiles } from './cpu-attributes.ts';
import { cpuDown } from './cpu-down.ts';
import { cpuUp } from './cpu-up.ts';
import { makeCpuhpCpuState, type CpuhpCpuState } from './cpuhp.ts';
import type { Device } from './device.ts';
import { onlineStore } from './online-store.ts';
import type { Release } from './release.ts';
import type { SysfsFile } from './sysfs.ts';

/** A CPU and its device (drivers/base/cpu.c). */
export interface Cpu extends Device {
  readonly number: number;
  /** cpu_to_node(). */
  readonly nid: number;
  /** Its bit of cpu_present_mask: whether the machine has it; atomic. */
  readonly present: Word;
  /**
   * Its bit of cpu_online_mask, which the kernel sets, clears and tests by atomic bit operations.
   */
  readonly online: Word;
  /** cpu_smt_allowed(): no for a sibling while SMT is off. */
  readonly smtAllowed: boolean;
  readonly hotplug: CpuhpCpuState;
  /** Its directory `hotplug`: whether it is there, as {@link Device.onBus}; and its files. */
  readonly hotplugFolder: Pick<Device, 'onBus'>;
  readonly hotplugFiles: readonly SysfsFile[];
  /** Of the ACPI device that the CPU belongs to. */
  readonly physicalNodeLock: Mutex;
  /** Whether an ACPI device is bound to the CPU; under physical_node_lock. */
  readonly acpiBound: Word;
}

/**
 * The CPUs of the machine but the first. Those that are present are online, but for siblings that
 * SMT keeps offline; the others are possible and can be added.
 */
export function makeCpus(
  arena: Arena,
  configuration: Configuration,
  release: Release,
): readonly Cpu[] {
  return Array.from({ length: configuration.cpus }, (_, index) => {
    const number = index + 1;
    return makeCpu(arena, release, {
      number,
      nid: configuration.cpuNodes[index] ?? 0,
      present: index < configuration.cpusPresent,
      smtAllowed: !configuration.smtOff.includes(number),
      canGoOffline: true,
    });
  });
}

/** cpu0: online, and cannot go offline (`hotpluggable` is 0), so that it has no `online` file. */
export function makeBootCpu(arena: Arena, release: Release): Cpu {
  return makeCpu(arena, release, {
    number: 0,
    nid: 0,
    present: true,
    smtAllowed: true,
    canGoOffline: false,
  });
}

interface First {
  readonly number: number;
  readonly nid: number;
  readonly present: boolean;
  readonly smtAllowed: boolean;
  readonly canGoOffline: boolean;
}

function makeCpu(arena: Arena, release: Release, first: First): Cpu {
  const { number, nid, present, smtAllowed } = first;
  const name = `cpu${number}`;
  const online = present && (smtAllowed || !release.cpuSmtCanBeOff);
  const hotplug = makeCpuhpCpuState(arena, name, online);
  const hasFolder = present && release.cpusHaveStates;
  const cpu: Cpu = {
    name,
    number,
    nid,
    lock: arena.mutex(`${name}.device_lock`, { class: 'cpu device_lock' }),
    offline: arena.word(`${name}.offline`, online ? 0 : 1),
    offlineDisabled: !first.canGoOffline,
    dead: arena.word(`${name}.dead`, 0),
    onBus: arena.word(`${name}.on_bus`, present ? 1 : 0),
    added: arena.completion(`${name}.uevent`),
    present: arena.word(`${name}.present`, present ? 1 : 0),
    online: arena.word(`${name}.online`, online ? 1 : 0),
    smtAllowed,
    hotplug,
    hotplugFolder: { onBus: arena.word(`${name}.hotplug`, hasFolder ? 1 : 0) },
    hotplugFiles: cpuHotplugFiles(arena, name, hotplug, hasFolder),
    physicalNodeLock: arena.mutex(`${name}.physical_node_lock`, { class: 'physical_node_lock' }),
    acpiBound: arena.word(`${name}.acpi_bound`, present ? 1 : 0),
    files: first.canGoOffline
      ? [
          {
            path: `${name}/online`,
            active: arena.activeRef(`${name}/online.active`, {
              class: 'kn->active(online)',
              active: present,
            }),
            store: (kernel, input) => onlineStore(kernel, cpu, input),
          },
        ]
      : [],
    // cpu_subsys_online() (v6.x tries again for a while on -EBUSY, which is left out) and
    // cpu_subsys_offline().
    bus: {
      online: (kernel) => cpuUp(kernel, cpu),
      offline: (kernel) => cpuDown(kernel, cpu),
    },
  };
  return cpu;
}
