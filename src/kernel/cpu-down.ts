import type { Step } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { cpusWriteLock, cpusWriteUnlock } from './cpu-hotplug-lock.ts';
import { cpuMapsUpdateBegin, cpuMapsUpdateDone } from './cpu-maps-update.ts';
import { CpuhpState, cpuhpDownCallbacks } from './cpuhp.ts';
import { EBUSY, EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { workOnCpu } from './work-on-cpu.ts';

/**
 * cpu_down() (kernel/cpu.c). All releases.
 *
 * Lock order: device_hotplug_lock, device_lock of the CPU, cpu_add_remove_lock; then as in {@link
 * _cpuDown}, in v6.1 and later by a kworker, for which the caller waits.
 *
 * @returns 0; -EBUSY while hotplug is disabled; -EINVAL for a CPU that is not there; -EAGAIN if a
 *   callback failed. That the last CPU stays (-EBUSY) cannot show: the boot CPU never goes.
 */
export function* cpuDown(kernel: Kernel, cpu: Cpu): Step<number> {
  yield* cpuMapsUpdateBegin(kernel);
  try {
    // cpu_down_maps_locked()
    if ((yield* kernel.cpuHotplugDisabled.read()) !== 0) return -EBUSY;
    if (!kernel.release.cpuDownUsesKworker) return yield* _cpuDown(kernel, cpu);
    // __cpu_down_maps_locked() is the work.
    return yield* workOnCpu(kernel, () => _cpuDown(kernel, cpu));
  } finally {
    yield* cpuMapsUpdateDone(kernel);
  }
}

/**
 * _cpu_down(). All releases. Lock order: cpu_add_remove_lock (the caller's, or that of who waits
 * for the work), cpu_hotplug_lock (write), as in `cpuhpDownCallbacks`.
 */
function* _cpuDown(kernel: Kernel, cpu: Cpu): Step<number> {
  if ((yield* cpu.present.load()) === 0) return -EINVAL;
  yield* cpusWriteLock(kernel);
  try {
    if (!kernel.release.cpusHaveStates) {
      if ((yield* cpu.online.load()) === 0) return -EINVAL;
      return yield* cpuhpDownCallbacks(kernel, cpu);
    }
    const { state, target } = cpu.hotplug;
    if ((yield* state.read()) === CpuhpState.offline) return 0;
    yield* target.write(CpuhpState.offline);
    const result = yield* cpuhpDownCallbacks(kernel, cpu);
    if (result !== 0) yield* target.write(CpuhpState.online);
    return result;
  } finally {
    yield* cpusWriteUnlock(kernel);
  }
}
