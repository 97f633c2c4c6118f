import { UserError } from '../../program/errors.ts';

/** The thread does not do again what it did when it had been answered the same. */
export class UnsteadyThread extends UserError {
  override name = 'UnsteadyThread';

  constructor(thread: string) {
    super(
      `thread "${thread}" does something else when it has been answered the same: it keeps ` +
        'state from one execution to the next (a variable of its module), or depends on what is ' +
        'not under control',
    );
  }
}
