import { check, type Step } from '../src/program/index.ts';
import { EBUSY, EIO, ENXIO } from '../src/kernel/errno.ts';
import { firstBlock } from '../src/kernel/memory-block.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { addressOf } from './block-address.ts';
import type { LoadedKernel } from './load-writer.ts';

/** What may be: a page in use that cannot be moved, memory that is not online, or not there. */
const refusals: ReadonlySet<number> = new Set([-EBUSY, -EIO, -ENXIO]);

/**
 * A monitor of memory errors that takes the first page of some blocks out of use: of the first
 * block, of one that the firmware takes away, and of one that it adds.
 */
export function loadSoftOffline(): (kernel: LoadedKernel) => Step {
  return function* (kernel) {
    const { blocksPresent } = kernel.configuration;
    for (const block of [firstBlock, firstBlock + blocksPresent - 1, firstBlock + blocksPresent]) {
      const address = addressOf(block);
      const answer = yield* sysfsWrite(kernel, 'soft_offline_page', address);
      const isKnown = answer === address.length || refusals.has(answer);
      check(isKnown, `soft_offline_page: ${address} was answered by ${answer}`);
    }
  };
}
