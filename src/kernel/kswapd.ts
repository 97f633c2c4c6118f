import { check, type Step } from '../program/index.ts';
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
 * kswapd_stop(). All releases. The task is gone once it has stopped; before d8adde17e5f8 (v3.5) the
 * pointer went on naming it, so that no other was started either.
 *
 * Lock order: as in {@link kswapdRun}.
 */
export function* kswapdStop(kernel: Kernel, pgdat: Pgdat): Step {
  yield* withKswapdLock(kernel, pgdat, function* () {
    if ((yield* pgdat.kswapd.read()) === 0) return;
    // kthread_stop(): wakes the thread, so looks at its state, and waits for its end.
    yield* pgdat.kswapdTaskState.load();
    yield* pgdat.kswapdTask.retire();
    if (kernel.release.has('d8adde17e5f8')) yield* pgdat.kswapd.write(0);
  });
}

/**
 * kswapd_is_running(), as kcompactd's should_proactive_compact_node() asks (mm/compaction.c,
 * v5.9 on): the pointer is read, and read again to be followed. In older releases
 * kswapd_cpu_online() follows it in the same way when a CPU comes, without a lock.
 *
 * Lock order: before b4a0215e11dc none; since then kswapd_lock.
 */
export function* kswapdIsRunning(kernel: Kernel, pgdat: Pgdat): Step<boolean> {
  let running = false;
  yield* withKswapdLock(kernel, pgdat, function* () {
    if ((yield* pgdat.kswapd.read()) === 0) return;
    check((yield* pgdat.kswapd.read()) !== 0, 'NULL pointer dereference in kswapd_is_running()');
    running = (yield* pgdat.kswapdTaskState.load()) === 0;
  });
  return running;
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
