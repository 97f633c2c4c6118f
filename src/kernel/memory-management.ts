import type { Arena, Mutex, SpinLock, Word } from '../program/index.ts';
import { makeBootPageset, type BootPageset } from './boot-pageset.ts';
import type { Configuration } from './configuration.ts';
import { makeHugetlb, type Hugetlb } from './hugetlb.ts';
import { makePageMappings, type PageMapping } from './page-mapping.ts';
import { makeBootReserve, type PageSpan } from './page-span.ts';
import { makeSectionUsages, type SectionUsages } from './section-subsections.ts';
import { makeSlabCaches, type SlabCaches } from './slab-caches.ts';

/** What memory management has besides hotplug; most of it is there only where asked for. */
export interface MemoryManagement {
  /** Memory of the boot without a block: one span, or none. */
  readonly bootReserve: readonly PageSpan[];
  readonly bootPageset: BootPageset;
  /** What agents have mapped, one each. */
  readonly pageMappings: readonly PageMapping[];
  /** The event PGFREE of vmstat, counted where pages can be mapped; atomic. */
  readonly freedPages: Word;
  readonly hugetlb: Hugetlb;
  /** There where the configuration has caches. */
  readonly slab: SlabCaches | undefined;
  /** kernel/cgroup/cgroup.c. */
  readonly cgroupMutex: Mutex;
  /** There with `section-usage` among the configuration's details. */
  readonly sectionUsages: SectionUsages | undefined;
  /** The spin lock of setup_per_zone_wmarks(), which has no name of its own. */
  readonly watermarksLock: SpinLock;
  /** mm/swap.c: one lru_add_drain_all() at a time. */
  readonly lruDrainMutex: Mutex;
  /** lru_pvecs.lock (preemption off before v5.8) of all CPUs, which have one pagevec here. */
  readonly lruPvecsLock: SpinLock;
}

export function makeMemoryManagement(arena: Arena, configuration: Configuration): MemoryManagement {
  return {
    bootReserve: makeBootReserve(arena, configuration),
    bootPageset: makeBootPageset(arena),
    freedPages: arena.word('vmstat.pgfree'),
    hugetlb: makeHugetlb(arena),
    slab: makeSlabCaches(arena, configuration),
    cgroupMutex: arena.mutex('cgroup_mutex'),
    sectionUsages: makeSectionUsages(arena, configuration),
    watermarksLock: arena.spinLock('setup_per_zone_wmarks.lock'),
    lruDrainMutex: arena.mutex('lru_add_drain_all.lock'),
    lruPvecsLock: arena.spinLock('lru_pvecs.lock'),
    pageMappings: makePageMappings(arena, configuration.pageMappings),
  };
}
