import { check, type Arena, type RwLock, type Step, type Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { PageUse } from './memory-state.ts';
import { spansOf, type AllocatedPage } from './page-span.ts';
import { zoneNames, type Zone } from './zone.ts';

/**
 * boot_pageset (mm/page_alloc.c): the lists of pages per CPU of every zone that has none of its own
 * yet, so that none of those zones may be in the zone lists. With 6dcd73d7011b (v3.8) none ever is,
 * and the allocator of the model does not look. Its limits are not in the model, as those of other
 * pcplists: what is freed to it stays there.
 */
export interface BootPageset {
  /** The one page on it: its place among all pages, from 1 up, or 0. Atomic. */
  readonly page: Word;
  /** stop_machine(): writes; who has interrupts off, as the page allocator, reads. */
  readonly stopMachine: RwLock;
}

export function makeBootPageset(arena: Arena): BootPageset {
  return { page: arena.word('boot_pageset.page'), stopMachine: arena.rwLock('stop_machine') };
}

/** Whether zones can be in the zone lists without a pageset of their own: v3.19, if at all. */
export function zonesShareBootPageset({ release }: Kernel): boolean {
  return !release.has('6dcd73d7011b');
}

/**
 * What the page allocator does with a list of pages per CPU is done with interrupts off, which
 * stop_machine() waits for. v3.19. Lock order: stop_machine (read), nothing else inside.
 */
export function* withInterruptsOff<T>({ mm }: Kernel, body: () => Step<T>): Step<T> {
  const { stopMachine } = mm.bootPageset;
  yield* stopMachine.acquireRead();
  try {
    return yield* body();
  } finally {
    yield* stopMachine.releaseRead();
  }
}

/**
 * buffered_rmqueue() of a zone that has no pageset of its own: what is on boot_pageset, whosever it
 * is. v3.19. Lock order: as in {@link withInterruptsOff}.
 */
export function* takeFromBootPageset(kernel: Kernel, zone: Zone): Step<AllocatedPage | undefined> {
  return yield* withInterruptsOff(kernel, function* () {
    if ((yield* zone.ownPageset.load()) !== 0) return undefined;
    const number = yield* kernel.mm.bootPageset.page.exchange(0);
    if (number === 0) return undefined;
    const page = allPages(kernel)[number - 1]!;
    const isOfZone =
      page.block.physicalNid === zone.nid && (yield* page.block.pageZone.read()) === zone.index;
    check(isOfZone, 'VM_BUG_ON(bad_range(zone, page)): boot_pageset has a page of another zone');
    return page;
  });
}

/**
 * free_hot_cold_page() of a zone that has no pageset of its own. v3.19. Lock order: as in {@link
 * withInterruptsOff}.
 *
 * @returns whether the page is on boot_pageset now; not where that has one already
 */
export function* putOnBootPageset(kernel: Kernel, zone: Zone, page: AllocatedPage): Step<boolean> {
  return yield* withInterruptsOff(kernel, function* () {
    if ((yield* zone.ownPageset.load()) !== 0) return false;
    const number = 1 + allPages(kernel).findIndex(({ frame }) => frame === page.frame);
    if ((yield* kernel.mm.bootPageset.page.compareExchange(0, number)) !== 0) return false;
    yield* page.frame.store(PageUse.pcplist);
    return true;
  });
}

/**
 * setup_pageset() of boot_pageset, which __build_all_zonelists() does each time: what is on its
 * list is on none any more. v3.19. Lock order: stop_machine (write, the caller's).
 */
export function* setUpBootPageset(kernel: Kernel): Step {
  const number = yield* kernel.mm.bootPageset.page.load();
  if (number === 0) return;
  const zone = zoneNames[yield* allPages(kernel)[number - 1]!.block.pageZone.read()];
  check(false, `setup_pageset(): a page of zone ${zone} was on boot_pageset, and is lost`);
}

function allPages(kernel: Kernel): readonly AllocatedPage[] {
  return spansOf(kernel).flatMap((block) => block.frames.map((frame) => ({ block, frame })));
}
