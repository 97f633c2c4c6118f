import type { Step } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { KsmRun, makeKsm, type Ksm } from './ksm.ts';
import { memoryEventName, type MemoryEventName } from './memory-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';

/** Lays out KSM, and registers {@link ksmMemoryCallback} with the memory notifier. */
export function makeKsmCallback({ arena, memoryChain, kernelOf }: CallbackSite): Ksm {
  const ksm = makeKsm(arena);
  makeNotifierBlock(arena, memoryChain, {
    name: 'ksm',
    priority: CallbackPriority.ksm,
    registered: true,
    *call(_self, action) {
      const kernel = kernelOf();
      const event = memoryEventName(kernel, action);
      yield* ksmMemoryCallback(ksm, event, kernel.release.has('ef4d43a80758'));
      return Notify.ok;
    },
  });
  return ksm;
}

/**
 * ksm_memory_callback() (mm/ksm.c): ksmd stays out while a block goes offline, and forgets the
 * pages that went. All releases.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), ksm_thread_mutex. Since v3.9 the mutex is
 * given back between the events, and a flag is left in its place. Before, MEM_GOING_OFFLINE keeps
 * it, so that the event that follows takes memory_chain.rwsem inside of it, and gives it back,
 * whether or not MEM_GOING_OFFLINE came as far as here. (a0b0f58cdd32, v2.6.37, told lockdep not to
 * mind, and changed nothing else.)
 *
 * @param marks - whether ef4d43a80758 is in
 */
function* ksmMemoryCallback(ksm: Ksm, event: MemoryEventName | undefined, marks: boolean): Step {
  const goes = event === 'goingOffline';
  if (!goes && event !== 'offline' && event !== 'cancelOffline') return;
  // ksm_check_stable_tree(): without the mutex where the flag is in its place.
  if (event === 'offline') yield* ksm.stableTree.write(0);
  if (goes || marks) yield* ksm.ksmThreadMutex.acquire();
  if (marks) yield* ksm.ksmRun.store(goes ? KsmRun.merge | KsmRun.offline : KsmRun.merge);
  if (!goes || marks) yield* ksm.ksmThreadMutex.release();
}
