import type { Arena, Step } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { OnlineType } from './memory-state.ts';
import { makeSysfsFile } from './sysfs-file.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';

const words: ReadonlyMap<string, number> = new Map([
  ['offline', OnlineType.unset],
  ['online', OnlineType.keep],
  ['online_kernel', OnlineType.kernel],
  ['online_movable', OnlineType.movable],
]);

/** What the policy is when an execution begins. */
export function firstAutoOnlineType(configuration: Configuration): number {
  return configuration.autoOnline ? OnlineType.keep : OnlineType.unset;
}

/**
 * memhp_default_online_type (memhp_auto_online before v5.7): how added memory is brought online;
 * `unset`: not at all. Read and written without a lock, in all releases since v4.6; atomic in the
 * model, since that is meant so.
 */
export function* autoOnlineType(kernel: Kernel): Step<number> {
  return yield* kernel.autoOnlineType.load();
}

/** The file `auto_online_blocks`. */
export function makeAutoOnlineBlocksFile(arena: Arena): SysfsFile {
  return makeSysfsFile(arena, 'auto_online_blocks', {
    show: autoOnlineBlocksShow,
    store: autoOnlineBlocksStore,
  });
}

/** auto_online_blocks_store(). v4.18 and later; takes no lock. */
function* autoOnlineBlocksStore(kernel: Kernel, input: string): Step<number> {
  const text = sysfsText(input);
  const type = words.get(text);
  if (type === undefined) return -EINVAL;
  if (!kernel.release.autoOnlineKnowsZones && type > OnlineType.keep) return -EINVAL;
  yield* kernel.autoOnlineType.store(type);
  return input.length;
}

/** auto_online_blocks_show(). v4.18 and later; takes no lock. */
function* autoOnlineBlocksShow(kernel: Kernel): Step<string> {
  const type = yield* autoOnlineType(kernel);
  return `${[...words].find(([, value]) => value === type)![0]}\n`;
}
