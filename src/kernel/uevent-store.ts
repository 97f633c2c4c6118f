import type { Completion, Step } from '../program/index.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { kobjectUevent } from './uevent.ts';

/** kobject_actions: what can happen to a device. */
const actions = 'add|remove|change|move|online|offline|bind|unbind';

/** An action, then maybe a UUID and variables for whoever hears of it (v4.13 on). */
const synthetic = new RegExp(
  `^(${actions})( [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}( [0-9a-z]+=[0-9a-z]+)*)?$`,
  'i',
);

/**
 * uevent_store(), kobject_synth_uevent(): user space is told of an event that did not happen, as
 * udev asks for at boot. All releases; before v5.0 (df44b479654f) any other word was taken, too,
 * and left an error in the log.
 *
 * Lock order: the active reference (the caller's), uevent_sock_mutex.
 *
 * @param added - whoever waits for the device's first uevent
 * @returns the bytes taken, or -EINVAL for what is no action
 */
export function* ueventStore(kernel: Kernel, input: string, added?: Completion): Step<number> {
  // The last byte may be a newline or a NUL.
  const match = synthetic.exec(input.replace(/[\n\0]$/, ''));
  if (match === null || !actions.split('|').includes(match[1]!)) {
    return kernel.release.ueventStoreRefuses ? -EINVAL : input.length;
  }
  yield* kobjectUevent(kernel, match[1] === 'add' ? added : undefined);
  return input.length;
}
