import type { Step } from '../program/index.ts';
import { lockDeviceHotplug, unlockDeviceHotplug } from './device-hotplug-lock.ts';
import { dlparAddLmb, dlparRemoveLmb } from './dlpar-lmb.ts';
import {
  dlparAcquireDrc,
  dlparReleaseDrc,
  drmemUpdateDt,
  type Drmem,
  type DrmemLmb,
} from './drmem.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';

/** What user space or the hypervisor asks for. */
export interface DlparRequest {
  readonly adds: boolean;
  /** DRC_COUNT: any so many; DRC_INDEX: this one; DRC_IC: so many from this one on, in a row. */
  readonly by: 'count' | 'index' | 'indexed-count';
  readonly count: number;
  readonly drcIndex: number;
}

/**
 * dlpar_memory() (arch/powerpc/platforms/pseries/hotplug-memory.c), in the one worker of the queue.
 * v4.18 and later. The device tree is updated last, and only where all went well.
 *
 * Lock order: device_hotplug_lock, then as in `dlparAddLmb` and `dlparRemoveLmb`; devtree_lock.
 *
 * @returns 0; -EINVAL, after what was done has been undone, if the request cannot be met in full
 */
export function* dlparMemory(kernel: Kernel, drmem: Drmem, request: DlparRequest): Step<number> {
  yield* lockDeviceHotplug(kernel);
  try {
    const result = yield* perform(kernel, drmem, request);
    if (result === 0) yield* drmemUpdateDt(drmem);
    return result;
  } finally {
    yield* unlockDeviceHotplug(kernel);
  }
}

function* perform(kernel: Kernel, drmem: Drmem, request: DlparRequest): Step<number> {
  const { lmbs } = drmem;
  const at = lmbs.findIndex(({ drcIndex }) => drcIndex === request.drcIndex);
  switch (request.by) {
    case 'index':
      if (at < 0) return -EINVAL;
      return yield* (request.adds ? acquireAndAdd : removeAndRelease)(kernel, drmem, lmbs[at]!);
    case 'indexed-count': {
      // get_lmb_range()
      const range = at < 0 ? [] : lmbs.slice(at, at + request.count);
      if (range.length !== request.count || request.count === 0) return -EINVAL;
      if (!request.adds && (yield* countAssigned(range, 1)) !== range.length) return -EINVAL;
      return yield* changeMany(kernel, drmem, request, range, request.count);
    }
    default:
      if (request.count === 0) return -EINVAL;
      if ((yield* countAssigned(lmbs, request.adds ? 0 : 1)) < request.count) return -EINVAL;
      return yield* changeMany(kernel, drmem, request, lmbs, request.count);
  }
}

function* countAssigned(lmbs: readonly DrmemLmb[], wanted: number): Step<number> {
  let count = 0;
  for (const { assigned } of lmbs) if ((yield* assigned.read()) === wanted) count++;
  return count;
}

/**
 * dlpar_memory_add_by_count(), dlpar_memory_remove_by_count(), and the same by indexed count: LMBs
 * that are done are marked, and go back the other way if not all can be done. By count, one that
 * fails is passed over; by indexed count it ends the request.
 */
function* changeMany(
  kernel: Kernel,
  drmem: Drmem,
  { adds, by }: DlparRequest,
  lmbs: readonly DrmemLmb[],
  count: number,
): Step<number> {
  let done = 0;
  for (const lmb of lmbs) {
    if (done === count) break;
    if ((yield* lmb.assigned.read()) === (adds ? 1 : 0)) {
      // In a range, what is there already counts as done.
      if (by === 'indexed-count') done++;
      continue;
    }
    // The connectors of what is removed are released in the end: it may all come back.
    const result = yield* adds
      ? acquireAndAdd(kernel, drmem, lmb)
      : dlparRemoveLmb(kernel, drmem, lmb);
    if (result !== 0 && by === 'indexed-count') break;
    if (result !== 0) continue;
    // drmem_mark_lmb_reserved()
    yield* lmb.reserved.write(1);
    done++;
  }
  yield* settle(kernel, drmem, lmbs, adds, done === count);
  return done === count ? 0 : -EINVAL;
}

/** Undoes what was done where that is not all, and takes the marks away. */
function* settle(
  kernel: Kernel,
  drmem: Drmem,
  lmbs: readonly DrmemLmb[],
  adds: boolean,
  complete: boolean,
): Step {
  for (const lmb of lmbs) {
    if ((yield* lmb.reserved.read()) === 0) continue;
    // What cannot be undone is only told to the log.
    if (!complete && adds) yield* removeAndRelease(kernel, drmem, lmb);
    else if (!complete) yield* dlparAddLmb(kernel, drmem, lmb);
    else if (!adds) yield* dlparReleaseDrc(lmb);
    // drmem_remove_lmb_reservation()
    yield* lmb.reserved.write(0);
  }
}

/** The part of dlpar_memory_add_by_index() and others that gets the connector first. */
function* acquireAndAdd(kernel: Kernel, drmem: Drmem, lmb: DrmemLmb): Step<number> {
  const acquired = yield* dlparAcquireDrc(lmb);
  if (acquired !== 0) return acquired;
  const result = yield* dlparAddLmb(kernel, drmem, lmb);
  if (result !== 0) yield* dlparReleaseDrc(lmb);
  return result;
}

/** The part of dlpar_memory_remove_by_index() and others that gives the connector back. */
function* removeAndRelease(kernel: Kernel, drmem: Drmem, lmb: DrmemLmb): Step<number> {
  const result = yield* dlparRemoveLmb(kernel, drmem, lmb);
  if (result === 0) yield* dlparReleaseDrc(lmb);
  return result;
}
