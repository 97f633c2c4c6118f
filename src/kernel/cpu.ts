import type { Arena, Word } from '../program/index.ts';
import { cpuDown, cpuUp } from './cpu-up.ts';
import type { Device } from './device.ts';
import { onlineStore } from './online-store.ts';

/** A CPU and its device (drivers/base/cpu.c). */
export interface Cpu extends Device {
  /**
   * Its bit of cpu_online_mask, which the kernel sets, clears and tests by atomic bit operations.
   */
  readonly online: Word;
}

/** A CPU that is online. */
export function makeCpu(arena: Arena, number: number): Cpu {
  const name = `cpu${number}`;
  const cpu: Cpu = {
    name,
    lock: arena.mutex(`${name}.device_lock`, { class: 'cpu device_lock' }),
    offline: arena.word(`${name}.offline`, 0),
    dead: arena.word(`${name}.dead`, 0),
    onBus: arena.word(`${name}.on_bus`, 1),
    added: arena.completion(`${name}.uevent`),
    online: arena.word(`${name}.online`, 1),
    files: [
      {
        path: `${name}/online`,
        active: arena.activeRef(`${name}/online.active`, {
          class: 'kn->active(online)',
          active: true,
        }),
        store: (kernel, input) => onlineStore(kernel, cpu, input),
      },
    ],
    // cpu_subsys_online() and cpu_subsys_offline().
    bus: {
      online: (kernel) => cpuUp(kernel, cpu),
      offline: (kernel) => cpuDown(kernel, cpu),
    },
  };
  return cpu;
}
