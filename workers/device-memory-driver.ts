import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { memremapPages, memunmapPages } from '../src/kernel/memremap-pages.ts';

/** A driver that maps a range of device memory, such as 0 for pmem0, and unmaps it again. */
export function deviceMemoryDriver(options: { readonly range: number }): AgentFunction<Kernel> {
  return function* (kernel) {
    const memory = kernel.deviceMemory[options.range];
    if (memory === undefined) throw new RangeError(`the machine has no pmem${options.range}`);
    const mapped = yield* memremapPages(kernel, memory);
    if (mapped === 0) yield* memunmapPages(kernel, memory);
    return mapped;
  };
}
