import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { kmemleakScan } from '../src/kernel/kmemleak.ts';

/**
 * A reader of memory's bookkeeping that does all it should: it scans once, under get_online_mems().
 */
export function memoryReader(): AgentFunction<Kernel> {
  return function* (kernel) {
    return yield* kmemleakScan(kernel);
  };
}
