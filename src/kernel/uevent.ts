import type { Completion, Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * kobject_uevent(): user space hears of it while the caller still holds its locks. All releases.
 *
 * Lock order: under device_lock or mem_hotplug_lock, where the caller has them; uevent_sock_mutex
 * is the innermost.
 *
 * @param heard - completed for whoever waits for this event; left out where no agent does
 */
export function* kobjectUevent(kernel: Kernel, heard?: Completion): Step {
  yield* kernel.ueventSockMutex.acquire();
  try {
    if (heard !== undefined) yield* heard.complete();
  } finally {
    yield* kernel.ueventSockMutex.release();
  }
}
