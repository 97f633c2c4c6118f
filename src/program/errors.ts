/**
 * Something in what the user gave (a scenario, an option, a file) is wrong; printed as one line,
 * exit status 2.
 *
 * @public
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** An operation was given a value that it cannot take; who runs the agent says where. */
export class WrongValueError extends UserError {
  override name = 'WrongValueError';
}

/** An operation was made and its `yield*` left out; `place` is where it was made, when known. */
export class ForgottenYieldError extends UserError {
  override name = 'ForgottenYieldError';
  readonly madeAt: string | undefined;

  constructor(made: Error | undefined) {
    super('an operation was made but never yielded: put `yield*` before it');
    this.madeAt = made?.stack;
  }
}

/**
 * A condition that the program under test promised does not hold: a kernel BUG, an oops, a failed
 * `check`. An agent that throws it ends there, and the execution yields the finding
 * `assertion-failed`.
 *
 * @public
 */
export class AssertionFailure extends Error {
  override name = 'AssertionFailure';
}

/**
 * Ends the agent with the finding `assertion-failed` unless the condition holds.
 *
 * @param condition - what must be true
 * @param text - what was promised, or what went wrong; it is the finding's title, so keep
 *   run-dependent values out
 * @public
 */
export function check(condition: boolean, text: string): asserts condition {
  if (!condition) throw new AssertionFailure(text);
}
