import type { Step } from '../program/index.ts';
import { EACCES, EBADF, ENOENT } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { readOpenFile, sysfsWrite, type SysfsFile } from './sysfs.ts';

/** How a file is opened: O_RDONLY, O_WRONLY, O_RDWR. */
export type OpenMode = 'read' | 'write' | 'read-write';

/**
 * An open file of sysfs. While nobody reads or writes, it holds nothing: the device can be removed,
 * and reading and writing answer -ENODEV from then on, also when a device of that name comes again
 * (which the model cannot tell from the old one: there the descriptor works again).
 */
export interface OpenFile {
  /** read(2) from the beginning: the whole text. */
  read(): Step<string | number>;
  /** write(2): the bytes taken. */
  write(text: string): Step<number>;
}

/**
 * open(2): the look-up and kernfs_fop_open(), which sysfs has look at the permissions of root, too
 * (KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK). All releases.
 *
 * Lock order: the active reference (by try), given back before it returns. A file that goes away
 * between the look-up and here answers -ENODEV in the kernel; the model does both in one step.
 *
 * @param permissions - such as 0o644
 * @returns the open file, -ENOENT for a file that is not there, or -EACCES
 */
export function* openFile(
  kernel: Kernel,
  file: SysfsFile,
  permissions: number,
  mode: OpenMode,
): Step<OpenFile | number> {
  if (!(yield* file.active.tryAcquire())) return -ENOENT;
  yield* file.active.release();
  const reads = mode !== 'write';
  const writes = mode !== 'read';
  if (writes && (permissions & 0o200) === 0) return -EACCES;
  if (reads && (permissions & 0o444) === 0) return -EACCES;
  return {
    *read() {
      return reads ? yield* readOpenFile(kernel, file) : -EBADF;
    },
    *write(text) {
      return writes ? yield* sysfsWrite(kernel, file.path, text) : -EBADF;
    },
  };
}
