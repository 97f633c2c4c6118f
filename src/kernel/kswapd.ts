import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { Pgdat } from './pgdat.ts';

/**
 * kswapd_run(): the node's thread that reclaims pages. All releases. The thread itself is not in
 * the model, only its task and the pointer to it.
 *
 * Lock order: from v6.0 on kswapd_lock (b4a0215e11dc), under mem_hotplug_lock.
 */
export function* kswapdRun(kernel: Kernel, pgdat: Pgdat): Step {
  yield* withKswapdLock(kernel, pgdat, function* () {
    if ((yield* pgdat.kswapd.read()) !== 0) return;
    yield* pgdat.kswapdTask.revive();
    yield* pgdat.kswapd.write(1);
  });
}

/**
 * kswapd_stop(). All releases. The task is gone once it has stopped.
 *
 * Lock order: as in {@link kswapdRun}.
 */
export function* kswapdStop(kernel: Kernel, pgdat: Pgdat): Step {
  yield* withKswapdLock(kernel, pgdat, function* () {
    if ((yield* pgdat.kswapd.read()) === 0) return;
    yield* pgdat.kswapdTask.retire();
    yield* pgdat.kswapd.write(0);
  });
}

function* withKswapdLock(kernel: Kernel, pgdat: Pgdat, body: () => Step): Step {
  if (!kernel.release.has('b4a0215e11dc')) {
    yield* body();
    return;
  }
  yield* pgdat.kswapdLock.acquire();
  try {
    yield* body();
  } finally {
    yield* pgdat.kswapdLock.release();
  }
}

/** kcompactd_run(). v4.18 and later. Takes no lock. */
export function* kcompactdRun(pgdat: Pgdat): Step {
  if ((yield* pgdat.kcompactd.read()) === 0) yield* pgdat.kcompactd.write(1);
}

/** kcompactd_stop(). v4.18 and later. Takes no lock. */
export function* kcompactdStop(pgdat: Pgdat): Step {
  yield* pgdat.kcompactd.write(0);
}
