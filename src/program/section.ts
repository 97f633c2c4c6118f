import type { ObjectRecord } from './arena.ts';
import { Kind } from './kinds.ts';
import type { Operation, Step } from './operation.ts';
import { make } from './port.ts';

/**
 * A function, or a part of one, with rules about the locks of whoever is in it (Clang's REQUIRES
 * and EXCLUDES, lockdep's pins). Breaking one is the finding `lock-rule-broken`. To enter and to
 * leave are no steps.
 *
 * @public
 */
export class Section {
  /** @internal */
  readonly base: number;
  /** Its name in reports. */
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  /** What is required is checked here; what is pinned stays so until {@link leave}. */
  enter(): Operation<void> {
    return make(Kind.enterSection, this.base);
  }

  leave(): Operation<void> {
    return make(Kind.leaveSection, this.base);
  }

  /**
   * Runs `body` within the section, and leaves it however the body ends.
   *
   * @returns what the body returns
   */
  *run<T>(body: () => Step<T>): Step<T> {
    yield* this.enter();
    try {
      return yield* body();
    } finally {
      yield* this.leave();
    }
  }
}
