import type { ObjectRecord } from './arena.ts';
import { make } from './port.ts';
import { Kind } from './kinds.ts';
import type { Operation } from './operation.ts';

/**
 * An agent of the scenario that does not begin by itself: another one starts it, as `kthread_run`
 * or pthread_create do. One that nobody starts does nothing, and the execution ends without it.
 *
 * @public
 */
export class SpawnedAgent {
  /** @internal */
  readonly base: number;
  /** The agent's name. */
  readonly name: string;

  /** @internal */
  constructor(record: ObjectRecord) {
    this.base = record.base;
    this.name = record.name;
  }

  /**
   * Starts the agent: what precedes this happens before all that it does. Once an execution; again
   * is the finding `spawned-twice`, and changes nothing.
   */
  spawn(): Operation<void> {
    return make(Kind.spawn, this.base);
  }

  /**
   * Waits until the agent has ended: all that it did happens before the return. Any number of
   * agents may. One that is never spawned, or that waits for the caller, is waited for in vain: a
   * deadlock.
   */
  join(): Operation<void> {
    return make(Kind.join, this.base);
  }
}
