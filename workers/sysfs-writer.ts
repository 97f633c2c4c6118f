import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** User space that writes once to one sysfs file, such as `1` to `memory32/online`. */
export function sysfsWriter(path: string, input: string): AgentFunction<Kernel> {
  return function* (kernel) {
    return yield* sysfsWrite(kernel, path, input);
  };
}
