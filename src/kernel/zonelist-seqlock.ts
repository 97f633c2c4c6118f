import type { Arena, Step, Word } from '../program/index.ts';
import { ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';
import {
  makeSequenceLock,
  readSeqbegin,
  readSeqretry,
  writeSeqlock,
  writeSequnlock,
  type SequenceLock,
} from './sequence-lock.ts';

/** What a zone list's entry points to. */
const Entry = { none: 0, normal: 1, movable: 2 } as const;

/** The node's zone list: the zones in which an allocation looks, up to the first empty entry. */
export interface SequencedZonelist {
  /** zonelist_update_seq: since 3d36424b3b58 (v5.19). */
  readonly sequence: SequenceLock;
  readonly checksSequence: boolean;
  /**
   * zonelist->_zonerefs. Atomic: each is read and written in one, with the fix and without; it is
   * their sequence that nothing keeps together.
   */
  readonly entries: readonly Word[];
  /** Free pages that the allocator may take: ZONE_MOVABLE's are all isolated. Atomic. */
  readonly freeNormal: Word;
  readonly freeMovable: Word;
}

/** Movable first, then Normal, then nothing. */
export function makeSequencedZonelist(arena: Arena, checksSequence: boolean): SequencedZonelist {
  const first = [Entry.movable, Entry.normal, Entry.none];
  return {
    sequence: makeSequenceLock(arena, 'node0.zonelist_update_seq'),
    checksSequence,
    entries: first.map((entry, index) => arena.word(`node0.zonelist.zoneref${index}`, entry)),
    freeNormal: arena.word('node0.zonelist.free_normal', 1),
    freeMovable: arena.word('node0.zonelist.free_movable', 0),
  };
}

/**
 * offline_pages() of the last block of ZONE_MOVABLE, as far as build_all_zonelists(): entries are
 * written one after the other, without the zone that has no memory left.
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock, zonelist_update_seq.
 */
export function* offlineMovableZone(kernel: Kernel, zonelist: SequencedZonelist): Step {
  yield* memHotplugBegin(kernel);
  try {
    yield* writeSeqlock(zonelist.sequence);
    try {
      const [first, second] = zonelist.entries;
      yield* first!.store(Entry.normal);
      yield* second!.store(Entry.none);
    } finally {
      yield* writeSequnlock(zonelist.sequence);
    }
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/**
 * __alloc_pages_slowpath(), before it gives up: without a lock, and since 3d36424b3b58 only if
 * the zone lists have not changed meanwhile (check_retry_zonelist()).
 *
 * Lock order: none.
 *
 * @returns 0, or -ENOMEM: the caller is out of memory
 */
export function* allocPage(zonelist: SequencedZonelist): Step<number> {
  if (!zonelist.checksSequence) return yield* getPageFromFreelist(zonelist);
  for (;;) {
    const begun = yield* readSeqbegin(zonelist.sequence);
    const result = yield* getPageFromFreelist(zonelist);
    if (result === 0) return 0;
    if (!(yield* readSeqretry(zonelist.sequence, begun))) return result;
  }
}

/** get_page_from_freelist(): for_next_zone_zonelist_nodemask. */
function* getPageFromFreelist(zonelist: SequencedZonelist): Step<number> {
  for (const entry of zonelist.entries) {
    const zone = yield* entry.load();
    if (zone === Entry.none) break;
    const free = zone === Entry.normal ? zonelist.freeNormal : zonelist.freeMovable;
    const pages = yield* free.load();
    if (pages > 0 && (yield* free.compareExchange(pages, pages - 1)) === pages) return 0;
  }
  return -ENOMEM;
}
