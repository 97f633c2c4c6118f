import {
  attempt,
  retry,
  type ActiveRef,
  type Mutex,
  type Step,
  type Word,
} from '../program/index.ts';
import { EACCES, EINVAL, ENODEV, ENOENT, ERESTARTNOINTR } from './errno.ts';
import type { Kernel } from './kernel.ts';

/** An attribute file of sysfs. */
export interface SysfsFile {
  /** The device and the attribute, such as `memory33/state`. */
  readonly path: string;
  /** kernfs's active reference: keeps the file's owner from going away while somebody is inside. */
  readonly active: ActiveRef;
  /** The attribute's show callback; none for a file that cannot be read. */
  readonly show?: (kernel: Kernel) => Step<string>;
  /** The attribute's store callback: bytes taken, or an error; none for one that is only read. */
  readonly store?: ((kernel: Kernel, input: string) => Step<number>) | undefined;
  /** A write of no bytes is refused; in sysfs it never reaches the store and answers 0. */
  readonly storesNothing?: boolean;
}

/** How long lock_device_hotplug_sysfs() sleeps before the write starts again, in milliseconds. */
const restartDelayMs = 5;

/** A write hands the store no more bytes than this, and answers no more. */
const pageSize = 4096;

/** What a task's word of signals holds. */
export const Signal = { none: 0, withHandler: 1, fatal: 2 } as const;

/**
 * write(2) on a sysfs file that is open already: kernfs_fop_write_iter() around the attribute's
 * store. All releases. So the file of a device that is gone, or not there yet, answers -ENODEV.
 *
 * Lock order: where the configuration has `vfsLocks`, and all agents share one open file of each
 * path: sb_writers (read), of->mutex; otherwise neither can be waited for, and they are left out.
 * Then the active reference (by try, so that it never waits), then what the store takes. On
 * -ERESTARTNOINTR everything is given back and the write starts from the beginning. The kernel
 * sleeps just before it gives the active reference back, the model just after: only the wait of a
 * remover who drains the file is shorter for it.
 *
 * @param signals - the writer's word of signals ({@link Signal}), looked at between two starts: a
 *   handler runs and the write goes on, whatever its SA_RESTART; a fatal signal ends the task
 * @returns the bytes taken or an error; -ERESTARTNOINTR, which user space never sees, where the
 *   task was killed
 */
export function* sysfsWrite(
  kernel: Kernel,
  path: string,
  input: string,
  signals?: Word,
): Step<number> {
  const file = kernel.files.get(path);
  if (file === undefined) return -ENOENT;
  if (file.store === undefined) return -EACCES;
  for (;;) {
    yield* attempt();
    const result = yield* vfsWrite(kernel, file, input.slice(0, pageSize));
    if (result !== -ERESTARTNOINTR) return result;
    if (signals !== undefined && (yield* isKilled(signals))) return result;
    yield* retry(restartDelayMs);
  }
}

/** exit_to_user_mode_loop(), as far as signals go: the way back from a call that starts again. */
function* isKilled(signals: Word): Step<boolean> {
  const found = yield* signals.load();
  if (found === Signal.withHandler) yield* signals.compareExchange(found, Signal.none);
  return found === Signal.fatal;
}

/** vfs_write(), kernfs_fop_write_iter(). All releases. Lock order: as in {@link sysfsWrite}. */
function* vfsWrite(kernel: Kernel, file: SysfsFile, input: string): Step<number> {
  const locks = kernel.openFiles.get(file.path);
  if (locks === undefined) return yield* kernfsWrite(kernel, file, input);
  yield* kernel.sbWriters.acquireRead();
  try {
    return yield* locks.mutex.hold(() => kernfsWrite(kernel, file, input));
  } finally {
    yield* kernel.sbWriters.releaseRead();
  }
}

/** The locks of an open file that the agents share. */
export interface OpenFileLocks {
  /** of->mutex: one read or write at a time. */
  readonly mutex: Mutex;
  /** p->lock of its seq_file: one read at a time. */
  readonly seqLock: Mutex;
}

/** Those of all files, by path. */
export type OpenFiles = ReadonlyMap<string, OpenFileLocks>;

/**
 * kernfs_get_active(), sysfs_kf_write(), kernfs_put_active(). All releases. A write of no bytes
 * comes as far as here, and does not reach the store. Lock order: as in {@link sysfsWrite}.
 */
function* kernfsWrite(kernel: Kernel, file: SysfsFile, input: string): Step<number> {
  if (!(yield* file.active.tryAcquire())) return -ENODEV;
  try {
    if (input.length === 0) return file.storesNothing === true ? -EINVAL : 0;
    return yield* file.store!(kernel, input);
  } finally {
    yield* file.active.release();
  }
}

/**
 * read(2) on a sysfs file that is open already: seq_read() around kernfs_seq_show(), the whole text
 * at once. All releases.
 *
 * Lock order: where the configuration has `vfsLocks`: p->lock of the seq_file, of->mutex. Then the
 * active reference (by try), then what the show callback takes.
 *
 * @returns the text, or -ENODEV where the device is gone
 */
export function* sysfsRead(kernel: Kernel, path: string): Step<string | number> {
  const file = kernel.files.get(path);
  return file === undefined ? -ENOENT : yield* readOpenFile(kernel, file);
}

/** The same for a file that is at hand. Lock order: as in {@link sysfsRead}. */
export function* readOpenFile(kernel: Kernel, file: SysfsFile): Step<string | number> {
  if (file.show === undefined) return -EACCES;
  const locks = kernel.openFiles.get(file.path);
  if (locks === undefined) return yield* kernfsRead(kernel, file);
  return yield* locks.seqLock.hold(() => locks.mutex.hold(() => kernfsRead(kernel, file)));
}

/** kernfs_seq_start(), sysfs_kf_seq_show(), kernfs_seq_stop(). Lock order: {@link sysfsRead}. */
function* kernfsRead(kernel: Kernel, file: SysfsFile): Step<string | number> {
  if (!(yield* file.active.tryAcquire())) return -ENODEV;
  try {
    return yield* file.show!(kernel);
  } finally {
    yield* file.active.release();
  }
}

/** What was written, as sysfs_streq() compares it: up to a NUL, without one newline at the end. */
export function sysfsText(input: string): string {
  return input.split('\0', 1)[0]!.replace(/\n$/, '');
}
