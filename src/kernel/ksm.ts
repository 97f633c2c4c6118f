import type { Arena, Mutex, Step, Word } from '../program/index.ts';

/** KSM (mm/ksm.c), as far as memory hotplug meets it. */
export interface Ksm {
  /** Held by ksmd while it scans; guards the trees. */
  readonly ksmThreadMutex: Mutex;
  /** ksm_run: bits of {@link KsmRun}. ksmd waits for it without the mutex, so atomic here. */
  readonly ksmRun: Word;
  /** The stable tree; plain, under the mutex. */
  readonly stableTree: Word;
  /** ef4d43a80758: the mutex is not held between the events of one operation. */
  readonly releasesBetweenEvents: boolean;
}

/** Values of ksm_run. */
const KsmRun = { merge: 1, offline: 4 } as const;

/** The events of offline_pages() that KSM listens to. */
export type KsmEvent = 'MEM_GOING_OFFLINE' | 'MEM_OFFLINE' | 'MEM_CANCEL_OFFLINE';

export function makeKsm(arena: Arena, releasesBetweenEvents: boolean): Ksm {
  return {
    ksmThreadMutex: arena.mutex('ksm_thread_mutex'),
    ksmRun: arena.word('ksm_run', KsmRun.merge),
    stableTree: arena.word('ksm.stable_tree'),
    releasesBetweenEvents,
  };
}

/**
 * ksm_memory_callback().
 *
 * Lock order: memory_chain.rwsem (read, the caller's), ksm_thread_mutex. Until ef4d43a80758 (v3.9)
 * MEM_GOING_OFFLINE keeps the mutex, so that the events that follow take memory_chain.rwsem inside
 * of it: the annotation of a0b0f58cdd32 (v2.6.37) told lockdep not to mind, and changed nothing.
 */
export function* ksmMemoryCallback(ksm: Ksm, event: KsmEvent): Step {
  const goes = event === 'MEM_GOING_OFFLINE';
  if (goes || ksm.releasesBetweenEvents) yield* ksm.ksmThreadMutex.acquire();
  const keeps = goes && !ksm.releasesBetweenEvents;
  try {
    if (ksm.releasesBetweenEvents) {
      yield* ksm.ksmRun.store(goes ? KsmRun.merge | KsmRun.offline : KsmRun.merge);
    }
    // ksm_check_stable_tree(): nodes of pages that went are taken out.
    if (event === 'MEM_OFFLINE') yield* ksm.stableTree.write(0);
  } finally {
    if (!keeps) yield* ksm.ksmThreadMutex.release();
  }
}

/**
 * One round of ksm_scan_thread().
 *
 * Lock order: ksm_thread_mutex, then what `ksmDoScan` takes.
 *
 * @param ksmDoScan - what the scan does besides changing the stable tree
 */
export function* ksmScanThread(ksm: Ksm, ksmDoScan?: () => Step): Step {
  yield* ksm.ksmThreadMutex.acquire();
  try {
    yield* waitWhileOfflining(ksm);
    if (ksmDoScan !== undefined) yield* ksmDoScan();
    yield* ksm.stableTree.write(1);
  } finally {
    yield* ksm.ksmThreadMutex.release();
  }
}

/**
 * wait_while_offlining() (ef4d43a80758). Lock order: ksm_thread_mutex, given up during the wait.
 */
function* waitWhileOfflining(ksm: Ksm): Step {
  if (!ksm.releasesBetweenEvents) return;
  while (((yield* ksm.ksmRun.load()) & KsmRun.offline) !== 0) {
    yield* ksm.ksmThreadMutex.release();
    yield* ksm.ksmRun.waitUntil(KsmRun.merge);
    yield* ksm.ksmThreadMutex.acquire();
  }
}
