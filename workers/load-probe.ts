import { check, type Step } from '../src/program/index.ts';
import { EEXIST } from '../src/kernel/errno.ts';
import { firstBlock } from '../src/kernel/memory-block.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { addressOf } from './block-address.ts';
import type { LoadedKernel } from './load-writer.ts';

/** An administrator who adds one more memory block by hand, by its address in `probe`. */
export function loadProbe(): (kernel: LoadedKernel) => Step {
  return function* (kernel) {
    const address = addressOf(firstBlock + kernel.configuration.blocksPresent + 2);
    for (let round = 0; round < kernel.load.rounds; round++) {
      const answer = yield* sysfsWrite(kernel, 'probe', address);
      const isKnown = answer === address.length || answer === -EEXIST;
      check(isKnown, `probe: ${address} was answered by ${answer}`);
    }
  };
}
