import type { Arena, Step, Word } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { CpuhpState, cpuhpStateCanFail, type CpuhpCpuState } from './cpuhp.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { onlineShow, type SysfsAttribute } from './sysfs-attributes.ts';
import type { SysfsFile } from './sysfs.ts';

/** The directory of a CPU, as far as the model has it. All releases. cpu0 has no `online`. */
export function cpuAttributes(cpu: Cpu): readonly SysfsAttribute[] {
  if (cpu.offlineDisabled === true) return [];
  return [{ name: 'online', mode: 0o644, show: () => onlineShow(cpu) }];
}

/**
 * Its directory `hotplug` (kernel/cpu.c), v4.18 and later. Nothing here takes a lock: against a CPU
 * that goes up or down meanwhile, reading `state` or `target` and writing `fail` is a data race,
 * and is reported as one.
 */
export function cpuHotplugAttributes({ hotplug }: Cpu): readonly SysfsAttribute[] {
  return [
    { name: 'fail', mode: 0o644, show: () => numberShow(hotplug.fail) },
    { name: 'state', mode: 0o444, show: () => numberShow(hotplug.state) },
    { name: 'target', mode: 0o644, show: () => numberShow(hotplug.target) },
  ];
}

/** The files of a CPU's directory `hotplug`, each with its active reference. */
export function cpuHotplugFiles(
  arena: Arena,
  name: string,
  hotplug: CpuhpCpuState,
  active: boolean,
): readonly SysfsFile[] {
  const file = (attribute: string, store: SysfsFile['store']): SysfsFile => ({
    path: `${name}/hotplug/${attribute}`,
    active: arena.activeRef(`${name}/hotplug/${attribute}.active`, {
      class: `kn->active(${attribute})`,
      active,
    }),
    store,
  });
  return [
    file('fail', (kernel, input) => failStore(kernel, hotplug, input)),
    // Read-only: it is never opened for writing.
    file('state', targetStore),
    file('target', targetStore),
  ];
}

function* numberShow(word: Word): Step<string> {
  return `${yield* word.read()}\n`;
}

/**
 * fail_store() (write_cpuhp_fail()): the next time the CPU comes by the state, its callback fails.
 * v4.18 and later. cpuhp_state_mutex, around a look at the table of callbacks, is left out. Of a
 * CPU that is offline the kernel takes states below CPUHP_BRINGUP_CPU as well, the model none.
 */
function* failStore(kernel: Kernel, hotplug: CpuhpCpuState, input: string): Step<number> {
  const state = integerOf(input);
  if (state === undefined) return -EINVAL;
  const isReset = state === CpuhpState.invalid && kernel.release.cpuFailCanBeReset;
  if (!isReset && !cpuhpStateCanFail(state)) return -EINVAL;
  yield* hotplug.fail.write(state);
  return input.length;
}

/**
 * target_store() (write_cpuhp_target()) of a kernel without CONFIG_CPU_HOTPLUG_STATE_CONTROL: no
 * value is taken, as observed on v6.1. v4.18 and later.
 */
// eslint-disable-next-line require-yield -- a step that takes no operation
function* targetStore(): Step<number> {
  return -EINVAL;
}

/** kstrtoint() with base 10: digits, a sign before them, and at most one newline after. */
function integerOf(input: string): number | undefined {
  const digits = /^([+-]?\d+)\n?$/.exec(input.split('\0', 1)[0]!)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
