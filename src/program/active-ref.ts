import type { ObjectRecord } from './arena.ts';
import { make } from './port.ts';
import { Kind } from './kinds.ts';
import type { Operation } from './operation.ts';

/**
 * A reference that users take by try and that the remover drains: kernfs's active reference
 * (fs/kernfs/dir.c, `kernfs_get_active`, `kernfs_drain`), which lockdep sees as a reader by trylock
 * and a writer.
 *
 * @public
 */
export class ActiveRef {
  /** @internal */
  readonly base: number;
  /** Its name in reports and schedule files. */
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  /** From now on references can be taken. */
  activate(): Operation<void> {
    return make(Kind.activate, this.base);
  }

  /** Takes a reference: false, at once, if the object is not active. */
  tryAcquire(): Operation<boolean> {
    return make(Kind.refTryAcquire, this.base);
  }

  /** Gives a reference back. */
  release(): Operation<void> {
    return make(Kind.refRelease, this.base);
  }

  /** No new references from now on; returns when all that were taken are back. */
  drain(): Operation<void> {
    return make(Kind.deactivate, this.base);
  }
}
