import type { ObjectRecord } from './arena.ts';
import { make } from './port.ts';
import { Kind } from './kinds.ts';
import type { Operation } from './operation.ts';

/**
 * The kernel's completion (kernel/sched/completion.c): what precedes a `complete` happens before
 * the return of the `wait` that it lets through.
 *
 * @public
 */
export class Completion {
  /** @internal */
  readonly base: number;
  /** Its name in reports and schedule files. */
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  /** Lets one wait through, now or later. */
  complete(): Operation<void> {
    return make(Kind.complete, this.base);
  }

  /** Lets every wait through, now and later, until `reinit`. */
  completeAll(): Operation<void> {
    return make(Kind.completeAll, this.base);
  }

  /** Waits for a complete of its own. */
  wait(): Operation<void> {
    return make(Kind.await, this.base);
  }

  /** Back to "not complete"; the caller sees to it that nobody waits. */
  reinit(): Operation<void> {
    return make(Kind.reinitCompletion, this.base);
  }
}
