import type { WrongLock } from './wrong-lock.ts';

/** Does nothing at all (`lock_busted` of kernel/locking/locktorture.c): what must fail first. */
export class BustedLock implements WrongLock {
  lock(): void {
    // Excludes nobody.
  }

  unlock(): void {
    // There is nothing to release.
  }
}
