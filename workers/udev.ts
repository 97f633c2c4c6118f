import type { AgentFunction } from '../src/program/index.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/**
 * The udev rule that brings new memory online: as soon as the block's uevent is heard it writes to
 * the block's `state`, or to its `online` where the configuration's `udevAttribute` says so.
 */
export function udev(options: { readonly block: number }): AgentFunction<Kernel> {
  return function* (kernel) {
    const { name, added } = memoryBlock(kernel, options.block);
    yield* added.wait();
    return kernel.configuration.udevAttribute === 'state'
      ? yield* sysfsWrite(kernel, `${name}/state`, 'online')
      : yield* sysfsWrite(kernel, `${name}/online`, '1');
  };
}
