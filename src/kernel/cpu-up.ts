import type { Step } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { cpusWriteLock, cpusWriteUnlock } from './cpu-hotplug-lock.ts';
import { cpuMapsUpdateBegin, cpuMapsUpdateDone } from './cpu-maps-update.ts';
import { CpuhpState, cpuhpUpCallbacks } from './cpuhp.ts';
import { EBUSY, EINVAL, EPERM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { tryOnlineNode } from './try-online-node.ts';

/**
 * cpu_up() (kernel/cpu.c). All releases.
 *
 * Lock order: device_hotplug_lock, device_lock of the CPU (both from its `online` file);
 * try_online_node()'s locks, taken and released; then cpu_add_remove_lock, and as in {@link
 * _cpuUp}.
 *
 * @param cpu - undefined for a number that no CPU can have
 * @returns 0; -EINVAL for a CPU that is not possible or not there; -EBUSY while hotplug is
 *   disabled; -EPERM for a sibling while SMT is off (v4.20 on); -EAGAIN if a callback failed;
 *   -ENOMEM if its node has no data
 */
export function* cpuUp(kernel: Kernel, cpu: Cpu | undefined): Step<number> {
  if (cpu === undefined) return -EINVAL;
  const node = yield* tryOnlineNode(kernel, cpu.nid);
  if (node !== 0) return node;
  yield* cpuMapsUpdateBegin(kernel);
  try {
    if ((yield* kernel.cpuHotplugDisabled.read()) !== 0) return -EBUSY;
    if (kernel.release.cpuSmtCanBeOff && !cpu.smtAllowed) return -EPERM;
    return yield* _cpuUp(kernel, cpu);
  } finally {
    yield* cpuMapsUpdateDone(kernel);
  }
}

/**
 * _cpu_up(). All releases. Lock order: cpu_add_remove_lock (the caller's), cpu_hotplug_lock
 * (write), as in `cpuhpUpCallbacks`.
 */
function* _cpuUp(kernel: Kernel, cpu: Cpu): Step<number> {
  yield* cpusWriteLock(kernel);
  try {
    if ((yield* cpu.present.load()) === 0) return -EINVAL;
    if (!kernel.release.cpusHaveStates) {
      if ((yield* cpu.online.load()) !== 0) return -EINVAL;
      return yield* cpuhpUpCallbacks(kernel, cpu);
    }
    const { state, target } = cpu.hotplug;
    if ((yield* state.read()) >= CpuhpState.online) return 0;
    // cpuhp_set_state(), and cpuhp_reset_state() after a failure
    yield* target.write(CpuhpState.online);
    const result = yield* cpuhpUpCallbacks(kernel, cpu);
    if (result !== 0) yield* target.write(CpuhpState.offline);
    return result;
  } finally {
    yield* cpusWriteUnlock(kernel);
  }
}
