import type { Arena } from '../program/index.ts';
import { makeAutoOnlineBlocksFile } from './auto-online-blocks.ts';
import { makeHardOfflinePageFile } from './hard-offline-page.ts';
import { makeProbeFile } from './probe-store.ts';
import type { Release } from './release.ts';
import { makeSoftOfflinePageFile } from './soft-offline-page.ts';
import { constantText, makeSysfsFile } from './sysfs-file.ts';
import type { SysfsFile } from './sysfs.ts';
import { ueventStore } from './uevent-store.ts';
import { pagesPerBlock } from './zone.ts';

/** Of 4 KiB each. */
const pageBytes = 4096;

/**
 * The files of /sys/devices/system/memory itself (memory_root_attrs): they never go. All releases;
 * `auto_online_blocks` since v4.6, `crash_hotplug` since v6.6, of a kernel that keeps a crash
 * kernel's list of memory up to date.
 */
export function makeMemoryFiles(arena: Arena, release: Release): readonly SysfsFile[] {
  const blockBytes = (pagesPerBlock * pageBytes).toString(16);
  return [
    ...(release.autoOnline === 'never' ? [] : [makeAutoOnlineBlocksFile(arena)]),
    makeSysfsFile(arena, 'block_size_bytes', { show: constantText(`${blockBytes}\n`) }),
    ...(release.hasCrashHotplug
      ? [makeSysfsFile(arena, 'crash_hotplug', { show: constantText('1\n') })]
      : []),
    makeHardOfflinePageFile(arena),
    makeProbeFile(arena),
    makeSoftOfflinePageFile(arena),
    makeSysfsFile(arena, 'uevent', {
      show: constantText(''),
      store: (kernel, input) => ueventStore(kernel, input),
    }),
  ];
}
