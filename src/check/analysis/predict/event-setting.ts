import type { LockKind } from '../../../trace/format/trace-names.ts';

/** A held lock, as far as predictions look at it. */
export interface HeldLock {
  readonly lock: number;
  readonly mode: number;
  readonly class: { readonly kind: LockKind };
}

/** An agent where an event of its own comes, as far as predictions look at it. */
export interface EventSetting {
  /** Functions that it is in, innermost last. */
  readonly calls: readonly string[];
  /** Innermost last. */
  readonly held: readonly HeldLock[];
  /** Another one whenever what is held has changed. */
  readonly heldVersion: number;
}
