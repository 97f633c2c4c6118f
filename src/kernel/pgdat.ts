import type { Arena, SpinLock, Word } from '../program/index.ts';

/** Pages of a block: 128 MiB of 4 KiB pages. */
export const pagesPerBlock = 32768;

/** Pages that the machine booted with: four blocks. */
export const bootPages: number = 4 * pagesPerBlock;

/** struct zone (include/linux/mmzone.h). One zone, Normal, is all that this machine has. */
export interface Zone {
  /** Written under mem_hotplug_lock, plainly; read under get_online_mems(). */
  readonly presentPages: Word;
  /** Pages that the buddy allocator has. */
  readonly managedPages: Word;
  /** mm/page_alloc.c, before v5.0: serialises managedPages. */
  readonly managedPageCountLock: SpinLock;
  readonly spannedPages: Word;
}

/** struct pglist_data: node 0. */
export interface Pgdat {
  readonly zone: Zone;
  /** Sum of present pages of the node's zones; plain, as they are. */
  readonly nodePresentPages: Word;
  /** pgdat_resize_lock(): until v5.14 around changes of spans and of nodePresentPages. */
  readonly resizeLock: SpinLock;
  /**
   * Bit 0 of node_states[N_MEMORY]; the kernel sets, clears and tests it by atomic bit operations.
   */
  readonly hasMemory: Word;
  /** Bit 0 of node_states[N_ONLINE]; likewise. */
  readonly online: Word;
}

export function makePgdat(arena: Arena): Pgdat {
  return {
    zone: {
      presentPages: arena.word('zone.present_pages', bootPages),
      managedPages: arena.word('zone.managed_pages', bootPages),
      managedPageCountLock: arena.spinLock('managed_page_count_lock'),
      spannedPages: arena.word('zone.spanned_pages', bootPages),
    },
    nodePresentPages: arena.word('pgdat.node_present_pages', bootPages),
    resizeLock: arena.spinLock('pgdat_resize_lock'),
    hasMemory: arena.word('node_states.memory', 1),
    online: arena.word('node_states.online', 1),
  };
}
