import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { lruAddDrainAll } from './lru-lists.ts';

/** KSM (mm/ksm.c), as far as memory hotplug meets it: there where its callback is. */
export interface Ksm {
  /** Held by ksmd while it scans; guards the trees. */
  readonly ksmThreadMutex: Mutex;
  /** ksm_run: bits of {@link KsmRun}. ksmd waits for it without the mutex, so atomic here. */
  readonly ksmRun: Word;
  /**
   * The stable tree: whether there are nodes in it. Plain: ksmd changes it under the mutex, and the
   * callback while ksmd stays out.
   */
  readonly stableTree: Word;
}

/** Values of ksm_run. */
export const KsmRun = { merge: 1, offline: 4 } as const;

export function makeKsm(arena: Arena): Ksm {
  return {
    ksmThreadMutex: arena.mutex('ksm_thread_mutex'),
    ksmRun: arena.word('ksm_run', KsmRun.merge),
    stableTree: arena.word('ksm.stable_tree'),
  };
}

/**
 * One round of ksm_scan_thread(), which is ksmd: ksm_do_scan() has pages put on the LRU lists, and
 * merges some. All releases. Does nothing where there is no KSM.
 *
 * Lock order: ksm_thread_mutex, then as in `lruAddDrainAll`.
 */
export function* ksmScanThread(kernel: Kernel): Step {
  const { ksm } = kernel.callbacks;
  if (ksm === undefined) return;
  yield* ksm.ksmThreadMutex.acquire();
  try {
    if (kernel.release.has('ef4d43a80758')) yield* waitWhileOfflining(ksm);
    yield* lruAddDrainAll(kernel);
    yield* ksm.stableTree.write(1);
  } finally {
    yield* ksm.ksmThreadMutex.release();
  }
}

/**
 * wait_while_offlining() (ef4d43a80758). Lock order: ksm_thread_mutex, given up during the wait.
 */
function* waitWhileOfflining({ ksmThreadMutex, ksmRun }: Ksm): Step {
  while (((yield* ksmRun.load()) & KsmRun.offline) !== 0) {
    yield* ksmThreadMutex.release();
    yield* ksmRun.waitUntil(KsmRun.merge);
    yield* ksmThreadMutex.acquire();
  }
}
