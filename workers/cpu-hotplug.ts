import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** User space that takes a CPU offline and brings it back, by its `online` file. */
export function cpuHotplug(options: { readonly cpu: number }): AgentFunction<Kernel> {
  const path = `cpu${options.cpu}/online`;
  return function* (kernel) {
    const down = yield* sysfsWrite(kernel, path, '0');
    return down < 0 ? down : yield* sysfsWrite(kernel, path, '1');
  };
}
