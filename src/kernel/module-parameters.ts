import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import type { Configuration } from './configuration.ts';
import { EINVAL, ERANGE } from './errno.ts';
import { truthValue } from './online-store.ts';
import type { Release } from './release.ts';
import { constantText, makeSysfsFile, type SysfsCallbacks } from './sysfs-file.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';

/** memory_hotplug.online_policy: how a plain `online` chooses the zone. */
export const OnlinePolicy = { contigZones: 0, autoMovable: 1 } as const;

/** As the kernel prints and reads them, by their number. */
const policies = ['contig-zones', 'auto-movable'];

/** The parameters of mm/memory_hotplug.c. v6.1, v6.8. */
export interface ModuleParameters {
  /**
   * One of {@link OnlinePolicy}; this and the next two are written under param_lock and read by
   * hotplug without it: atomic in the model, since that is meant so.
   */
  readonly onlinePolicy: Word;
  /** How much of ZONE_MOVABLE there may be against the kernel's early memory, in percent. */
  readonly autoMovableRatio: Word;
  /** Whether that holds on each node, too. */
  readonly autoMovableNumaAware: Word;
  /** In /sys/module; none in releases before v5.14. */
  readonly files: readonly SysfsFile[];
}

/** Below /sys/module. */
const folder = 'memory_hotplug/parameters';

export function makeModuleParameters(
  arena: Arena,
  configuration: Configuration,
  release: Release,
): ModuleParameters {
  const word = (name: string, initial: number): Word =>
    arena.word(`memory_hotplug.${name}`, initial);
  const onlinePolicy = word('online_policy', policies.indexOf(configuration.onlinePolicy));
  const autoMovableRatio = word('auto_movable_ratio', configuration.autoMovableRatio);
  const autoMovableNumaAware = word(
    'auto_movable_numa_aware',
    configuration.autoMovableNumaAware ? 1 : 0,
  );
  // kernel/params.c: one mutex for all parameters of what is built in.
  const paramLock = arena.mutex('param_lock');
  const file = (name: string, callbacks: SysfsCallbacks): SysfsFile =>
    makeSysfsFile(arena, `${folder}/${name}`, underLock(paramLock, callbacks));
  const files = (): SysfsFile[] => [
    file('auto_movable_numa_aware', {
      show: () => shown(autoMovableNumaAware, (value) => (value === 0 ? 'N' : 'Y')),
      store: (_kernel, input) => stored(autoMovableNumaAware, input, readBool),
    }),
    file('auto_movable_ratio', {
      show: () => shown(autoMovableRatio, String),
      store: (_kernel, input) => stored(autoMovableRatio, input, readUnsigned),
    }),
    file('memmap_on_memory', { show: constantText(configuration.memmapOnMemory ? 'Y\n' : 'N\n') }),
    file('online_policy', {
      show: () => shown(onlinePolicy, (value) => policies[value]!),
      store: (_kernel, input) => stored(onlinePolicy, input, readPolicy),
    }),
  ];
  return {
    onlinePolicy,
    autoMovableRatio,
    autoMovableNumaAware,
    files: release.hasModuleParameters ? files() : [],
  };
}

/** param_attr_show(), param_attr_store(). Lock order: the active reference, param_lock. */
function underLock(paramLock: Mutex, { show, store }: SysfsCallbacks): SysfsCallbacks {
  return {
    ...(show && { show: (kernel) => paramLock.hold(() => show(kernel)) }),
    ...(store && { store: (kernel, input) => paramLock.hold(() => store(kernel, input)) }),
  };
}

function* shown(word: Word, text: (value: number) => string): Step<string> {
  return `${text(yield* word.load())}\n`;
}

/** @param value - what the text says, or a negated errno */
function* stored(word: Word, input: string, value: (text: string) => number): Step<number> {
  const found = value(input);
  if (found < 0) return found;
  yield* word.store(found);
  return input.length;
}

/** sysfs_match_string(). */
function readPolicy(input: string): number {
  const at = policies.indexOf(sysfsText(input));
  return at < 0 ? -EINVAL : at;
}

/** kstrtobool(), as of v5.19 and later: no older release of the model has the file. */
function readBool(input: string): number {
  const value = truthValue(input, 'lettersOnAndTrue');
  return value === undefined ? -EINVAL : Number(value);
}

/** kstrtouint(); what does not fit the model's words of 31 bits is out of range, too. */
function readUnsigned(input: string): number {
  const text = input.replace(/\n$/, '');
  if (!/^\+?(0x[0-9a-f]+|\d+)$/i.test(text)) return -EINVAL;
  const value = Number(text.replace('+', ''));
  return value > 0x7fffffff ? -ERANGE : value;
}
