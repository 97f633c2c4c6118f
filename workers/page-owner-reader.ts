import type { AgentFunction } from '../src/program/index.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { readPageOwner } from '../src/kernel/page-ext.ts';

/**
 * User space that reads /proc/page_owner, as far as the reader comes to one block: it takes no
 * lock of memory hotplug. The configuration has the callback `page-ext`.
 *
 * @returns for how many sections of the block there was something to read
 */
export function pageOwnerReader(options: { readonly block: number }): AgentFunction<Kernel> {
  return function* (kernel) {
    const pageExt = kernel.callbacks.pageExt!;
    const block = memoryBlock(kernel, options.block);
    let count = 0;
    for (const index of pageExt.sections.get(block)!.keys()) {
      if (yield* readPageOwner(kernel.release, pageExt, block, index)) count++;
    }
    return count;
  };
}
