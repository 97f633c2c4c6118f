import { attempt, retry, type ActiveRef, type Mutex, type Step } from '../program/index.ts';
import { EINVAL, ENODEV, ENOENT, ERESTARTNOINTR } from './errno.ts';
import type { Kernel } from './kernel.ts';

/** An attribute file of sysfs that can be written. */
export interface SysfsFile {
  /** The device and the attribute, such as `memory33/state`. */
  readonly path: string;
  /** kernfs's active reference: keeps the file's owner from going away while a store runs. */
  readonly active: ActiveRef;
  /** The attribute's store callback: bytes taken, or an error. */
  readonly store: (kernel: Kernel, input: string) => Step<number>;
  /** A write of no bytes is refused; in sysfs it never reaches the store and answers 0. */
  readonly storesNothing?: boolean;
}

/** How long lock_device_hotplug_sysfs() sleeps before the write starts again, in milliseconds. */
const restartDelayMs = 5;

/**
 * write(2) on a sysfs file that is open already: kernfs_fop_write_iter() around the attribute's
 * store. All releases. So the file of a device that is gone, or not there yet, answers -ENODEV.
 *
 * Lock order: where the configuration has `vfsLocks`, and all agents share one open file of each
 * path: sb_writers (read), of->mutex; otherwise neither can be waited for, and they are left out.
 * Then the active reference (by try,
 * so that it never waits), then what the store takes. On -ERESTARTNOINTR everything is given back
 * and the write starts from the beginning. The kernel sleeps just before it gives the active
 * reference back, the model just after: only the wait of a remover who drains the file is shorter
 * for it.
 */
export function* sysfsWrite(kernel: Kernel, path: string, input: string): Step<number> {
  const file = kernel.files.get(path);
  if (file === undefined) return -ENOENT;
  // A write of no bytes never reaches the store.
  if (input.length === 0) return file.storesNothing === true ? -EINVAL : 0;
  for (;;) {
    yield* attempt();
    const result = yield* vfsWrite(kernel, file, input);
    if (result !== -ERESTARTNOINTR) return result;
    yield* retry(restartDelayMs);
  }
}

/** vfs_write(), kernfs_fop_write_iter(). All releases. Lock order: as in {@link sysfsWrite}. */
function* vfsWrite(kernel: Kernel, file: SysfsFile, input: string): Step<number> {
  const mutex = kernel.openFileMutexes.get(file.path);
  if (mutex === undefined) return yield* kernfsWrite(kernel, file, input);
  yield* kernel.sbWriters.acquireRead();
  try {
    return yield* mutex.hold(() => kernfsWrite(kernel, file, input));
  } finally {
    yield* kernel.sbWriters.releaseRead();
  }
}

/** of->mutex of the open files that the agents share, by path. */
export type OpenFileMutexes = ReadonlyMap<string, Mutex>;

/**
 * kernfs_get_active(), the store, kernfs_put_active(). All releases. Lock order: as in {@link
 * sysfsWrite}.
 */
function* kernfsWrite(kernel: Kernel, file: SysfsFile, input: string): Step<number> {
  if (!(yield* file.active.tryAcquire())) return -ENODEV;
  try {
    return yield* file.store(kernel, input);
  } finally {
    yield* file.active.release();
  }
}

/** What was written, as sysfs_streq() compares it: up to a NUL, without one newline at the end. */
export function sysfsText(input: string): string {
  return input.split('\0', 1)[0]!.replace(/\n$/, '');
}
