import type { AgentFunction } from '../src/program/index.ts';
import { acpiDeviceHotplug } from '../src/kernel/acpi.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';

/**
 * The firmware or hypervisor that gives the machine one more memory block, by the `addPath` of the
 * configuration.
 */
export function firmware(options: { readonly adds: number }): AgentFunction<Kernel> {
  return function* (kernel) {
    const block = memoryBlock(kernel, options.adds);
    return kernel.configuration.addPath === 'acpi'
      ? yield* acpiDeviceHotplug(kernel, block)
      : yield* addMemory(kernel, block);
  };
}
