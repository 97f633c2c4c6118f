import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { virtioMemRemove } from '../src/kernel/virtio-mem-remove.ts';
import { virtioMemConfigChanged, virtioMemWorker } from '../src/kernel/virtio-mem-work.ts';

/**
 * A hypervisor that asks a virtio-mem device for one size after the other, and the worker that sees
 * to it each time. The configuration has the callback `virtio-mem`.
 *
 * @param options - `sizes`: in subblocks, which are pages of the model
 * @returns the last result; 0 where the driver was gone
 */
export function virtioMemWork(options: {
  readonly sizes: readonly number[];
}): AgentFunction<Kernel> {
  return function* (kernel) {
    let result = 0;
    for (const size of options.sizes) {
      yield* virtioMemConfigChanged(kernel, size);
      result = (yield* virtioMemWorker(kernel)) ?? 0;
    }
    return result;
  };
}

/** The virtio-mem driver is unbound from its device. */
export function virtioMemDriverRemoval(): AgentFunction<Kernel> {
  return function* (kernel) {
    yield* virtioMemRemove(kernel);
  };
}
