/**
 * Why a lock refused, by the names that POSIX has for it:
 *
 * - `EINVAL`: an offset, a buffer or an option is wrong.
 * - `EPERM`: released, or made consistent, by who does not hold it.
 * - `EDEADLK`: the agent would wait for itself.
 * - `EAGAIN`: no room for another agent, or a count is full.
 * - `EOWNERDEAD`: who held it died, and the data may be half changed.
 * - `ENOTRECOVERABLE`: its owner died, and the next one released it without `makeConsistent()`.
 *
 * @public
 */
export type LockErrorCode =
  'EINVAL' | 'EPERM' | 'EDEADLK' | 'EAGAIN' | 'EOWNERDEAD' | 'ENOTRECOVERABLE';

/** A lock was used wrongly, or cannot be had any more: one line, with a code. @public */
export class LockError extends Error {
  override name = 'LockError';
  readonly code: LockErrorCode;

  constructor(code: LockErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
