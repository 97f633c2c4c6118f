import type { AgentFunction, Step } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { isolateMigratepages, ptdumpShow, zoneinfoShow } from '../src/kernel/memory-walkers.ts';

/** Walks over memory, by name. */
const walks: Readonly<Record<string, (kernel: Kernel) => Step<number>>> = {
  compaction: (kernel) => isolateMigratepages(kernel, kernel.pgdat.zone),
  ptdump: ptdumpShow,
  zoneinfo: zoneinfoShow,
};

/**
 * A walk over memory, once. `ptdump` holds get_online_mems(), where the release has it so;
 * `compaction` and `zoneinfo` hold nothing that keeps memory, and race with hotplug in every
 * release.
 */
export function memoryWalker(options: {
  readonly walk: 'compaction' | 'ptdump' | 'zoneinfo';
}): AgentFunction<Kernel> {
  return function* (kernel) {
    return yield* walks[options.walk]!(kernel);
  };
}
