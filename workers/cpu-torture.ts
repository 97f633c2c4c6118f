import type { Step } from '../src/program/index.ts';
import { addCpu } from '../src/kernel/add-cpu.ts';
import type { Kernel } from '../src/kernel/kernel.ts';

/** A kernel and its torture test. */
export interface TorturedKernel extends Kernel {
  /** Whether the test passes over CPUs that are not present. */
  readonly presentOnly: boolean;
}

/**
 * torture_onoff() of a built-in torture test (kernel/torture.c): first brings every possible CPU
 * online that is not.
 *
 * @returns how many it brought online
 */
export function cpuTorture(): (kernel: TorturedKernel) => Step<number> {
  return function* (kernel) {
    let count = 0;
    for (const cpu of kernel.cpus) {
      if ((yield* cpu.online.load()) !== 0) continue;
      if (kernel.presentOnly && (yield* cpu.present.load()) === 0) continue;
      if ((yield* addCpu(kernel, cpu)) === 0) count++;
    }
    return count;
  };
}
