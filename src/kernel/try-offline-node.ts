import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * try_offline_node(): a node without memory and CPUs goes offline. All releases.
 *
 * Lock order: device_hotplug_lock (the caller's); who removes memory holds mem_hotplug_lock, too.
 * Who asks what differs: v3.19 to v4.20 look for
 * present sections within the node's span, which memory that never was online is not part of
 * (2c91f8fc6c99); v6.1 and later look at the span and then for block devices of the node.
 */
export function* tryOfflineNode(kernel: Kernel, nid: number): Step {
  if (nid === 0) return;
  const pgdat = kernel.pgdats[nid]!;
  const blocks = kernel.memoryBlocks.filter((block) => block.physicalNid === nid);
  const spanned = yield* pgdat.spannedPages.load();
  if (kernel.release.has('2c91f8fc6c99')) {
    if (spanned !== 0) return;
    for (const block of blocks) if ((yield* block.indexed.load()) !== 0) return;
  } else {
    const start = yield* pgdat.startPfn.load();
    for (const block of blocks) {
      if (block.startPfn < start || block.startPfn >= start + spanned) continue;
      if ((yield* block.presentSections.load()) !== 0) return;
    }
  }
  // check_cpu_on_node()
  for (const cpu of kernel.cpus) {
    if (cpu.nid === nid && (yield* cpu.present.load()) !== 0) return;
  }
  yield* pgdat.online.store(0);
}
