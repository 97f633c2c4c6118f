import { make } from './port.ts';
import { Kind } from './kinds.ts';
import type { Operation } from './operation.ts';

/**
 * Memory that comes and goes: an access to one of its words while it is retired is the finding
 * `use-after-remove`.
 *
 * @public
 */
export class Region {
  /** @internal */
  readonly base: number;
  /** @internal The last word that lies in it. */
  readonly last: number;

  /** @internal */
  constructor(base: number, last: number) {
    this.base = base;
    this.last = last;
  }

  /**
   * The memory is gone from now on. Unordered with somebody's access to it, that is a data race.
   */
  retire(): Operation<void> {
    return make(Kind.retire, this.base, this.last);
  }

  /** The memory is there (again), with whatever its words held. */
  revive(): Operation<void> {
    return make(Kind.revive, this.base, this.last);
  }
}
