/**
 * Error numbers as Linux has them (include/uapi/asm-generic/errno-base.h). Kernel functions of the
 * model return 0, a positive result, or one of these negated.
 */
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const E2BIG = 7;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENOSPC = 28;
export const ERANGE = 34;
export const EALREADY = 114;
export const EHWPOISON = 133;
/**
 * The system call starts again from its beginning, and user space never sees it
 * (include/linux/errno.h).
 */
export const ERESTARTNOINTR = 513;

const names: ReadonlyMap<number, string> = new Map([
  [EPERM, 'EPERM'],
  [ENOENT, 'ENOENT'],
  [EINTR, 'EINTR'],
  [EIO, 'EIO'],
  [ENXIO, 'ENXIO'],
  [E2BIG, 'E2BIG'],
  [EBADF, 'EBADF'],
  [EAGAIN, 'EAGAIN'],
  [ENOMEM, 'ENOMEM'],
  [EACCES, 'EACCES'],
  [EBUSY, 'EBUSY'],
  [EEXIST, 'EEXIST'],
  [ENODEV, 'ENODEV'],
  [EISDIR, 'EISDIR'],
  [EINVAL, 'EINVAL'],
  [ENOSPC, 'ENOSPC'],
  [ERANGE, 'ERANGE'],
  [EALREADY, 'EALREADY'],
  [EHWPOISON, 'EHWPOISON'],
  [ERESTARTNOINTR, 'ERESTARTNOINTR'],
]);

/**
 * What a result of a kernel function is called: `EINVAL` for -22, the number itself where it is no
 * error.
 */
export function resultName(result: number): string {
  return result < 0 ? (names.get(-result) ?? `errno ${-result}`) : String(result);
}
