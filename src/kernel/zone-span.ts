import { check, type Arena, type Step, type Word } from '../program/index.ts';
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

/** Where a zone begins and how far it goes, in memory blocks. */
export interface ZoneSpan {
  /** zone_span_writelock() is still called: until 27cacaad16c5 (v5.14). */
  readonly writersLock: boolean;
  /** zone->span_seqlock. */
  readonly seqlock: SequenceLock;
  /** zone->zone_start_pfn. */
  readonly start: Word;
  /** zone->spanned_pages. */
  readonly spanned: Word;
}

/** A zone of memory40 and memory41. */
export function makeZoneSpan(arena: Arena, writersLock: boolean): ZoneSpan {
  return {
    writersLock,
    seqlock: makeSequenceLock(arena, 'span.seqlock'),
    start: arena.word('span.zone_start_pfn', 40),
    spanned: arena.word('span.spanned_pages', 2),
  };
}

/**
 * move_pfn_range_to_zone() of a block below the zone, resize_zone_range(): the start moves down,
 * and then the zone is that much longer.
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock, and until v5.13 the span's seqlock.
 */
export function* growZoneDown(kernel: Kernel, span: ZoneSpan, block: number): Step {
  yield* memHotplugBegin(kernel);
  try {
    if (span.writersLock) yield* growUnderSeqlock(span, block);
    else yield* growPlainly(span, block);
  } finally {
    yield* memHotplugDone(kernel);
  }
}

function* growUnderSeqlock(span: ZoneSpan, block: number): Step {
  yield* writeSeqlock(span.seqlock);
  try {
    const end = (yield* span.start.load()) + (yield* span.spanned.load());
    yield* span.start.store(block);
    yield* span.spanned.store(end - block);
  } finally {
    yield* writeSequnlock(span.seqlock);
  }
}

function* growPlainly(span: ZoneSpan, block: number): Step {
  const end = (yield* span.start.read()) + (yield* span.spanned.read());
  yield* span.start.write(block);
  yield* span.spanned.write(end - block);
}

/**
 * page_outside_zone_boundaries() (mm/page_alloc.c), as bad_range() calls it on every free: is the
 * page in its zone? All releases.
 *
 * Lock order: none; the retry loop around the seqlock is there in all releases, and of use only
 * while writers take it.
 */
export function* checkPageInZone(span: ZoneSpan, block: number): Step {
  let outside: boolean;
  let begun: number;
  do {
    begun = yield* readSeqbegin(span.seqlock);
    const start = yield* span.start.load();
    outside = block < start || block >= start + (yield* span.spanned.load());
  } while (yield* readSeqretry(span.seqlock, begun));
  check(!outside, 'bad_range(): page outside its zone');
}
