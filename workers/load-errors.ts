import type { Step } from '../src/program/index.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import type { LoadedKernel } from './load-writer.ts';

/** Somebody who lets a callback of the memory notifier refuse for a while: -ENOMEM, -EBUSY. */
export function loadErrors(): (kernel: LoadedKernel) => Step {
  return function* (kernel) {
    for (let round = 0; round < kernel.load.rounds; round++) {
      for (const [event, error] of [
        ['MEM_GOING_ONLINE', '-12'],
        ['MEM_GOING_OFFLINE', '-16'],
      ] as const) {
        const path = `notifier-error-inject/memory/actions/${event}/error`;
        yield* sysfsWrite(kernel, path, error);
        yield* sysfsWrite(kernel, path, '0');
      }
    }
  };
}
