import type { Operation } from './operation.ts';
import { Kind } from './kinds.ts';
import { ForgottenYieldError } from './errors.ts';

/**
 * Carries operations out: coroutines, controlled threads, free threads. One is installed at a time.
 */
export interface OperationExecutor {
  /** The number of the agent that runs. */
  readonly agent: number;
  /**
   * The agent that runs has just yielded the operation that stands in the port, or is resumed at
   * one. `done: true` with the result when the operation has been performed, `done: false` to
   * suspend the agent.
   */
  step(): IteratorResult<undefined, unknown>;
}

const idle: OperationExecutor = {
  get agent(): never {
    throw new Error('`currentAgent()` was called outside of an agent: only agents have a number');
  },
  step(): never {
    port.clear();
    throw new Error('an operation was yielded outside of an agent: only agents of a scenario may');
  },
};

/**
 * The door between user-facing primitives and the engine, one a thread. A primitive writes its
 * operation here and returns the port itself as the iterable for `yield*`, so that an operation
 * costs no allocation.
 *
 * Invariant: between `make` and the first `next` of the same operation no other operation is made.
 */
class OperationPort implements Operation<never>, Iterator<undefined, never, undefined> {
  /** The operation in the making. */
  kind = 0;
  object = 0;
  argument = 0;
  argument2 = 0;
  /**
   * True from `make` until `yield*` asks for the operation: still true later, the `yield*` was
   * forgotten.
   */
  made = false;
  /**
   * When on, each operation's place is kept, so that a forgotten one can be named. Slow; for
   * replays.
   */
  keepPlaces = false;
  /** Where the operation in the making was made, if `keepPlaces` is on. */
  place: Error | undefined = undefined;
  executor: OperationExecutor = idle;

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<undefined, never> {
    return this.executor.step() as IteratorResult<undefined, never>;
  }

  /** Installs an executor and gives back the one before it. */
  install(executor: OperationExecutor): OperationExecutor {
    const before = this.executor;
    this.executor = executor;
    this.clear();
    return before;
  }

  /** Throws if the last operation was made and never yielded. */
  requireYielded(): void {
    if (this.made) {
      const place = this.place;
      this.clear();
      throw new ForgottenYieldError(place);
    }
  }

  clear(): void {
    this.made = false;
    this.place = undefined;
    this.kind = Kind.none;
  }
}

export const port: OperationPort = new OperationPort();

/** Puts an operation into the port. The result is good for exactly one `yield*`, at once. */
export function make<T>(kind: number, object: number, argument = 0, argument2 = 0): Operation<T> {
  if (port.made) port.requireYielded();
  port.kind = kind;
  port.object = object;
  port.argument = argument;
  port.argument2 = argument2;
  port.made = true;
  if (port.keepPlaces) port.place = new Error('operation made here');
  return port;
}
