import { LockError, type SeqLock } from '../../locks/index.ts';
import { ControlAt } from './layout.ts';
import type { Exercise, Site } from './site.ts';
import { Violation } from './violations.ts';

/** Reads two words that writers change together; the read is all there is. */
export class SeqReadExercise implements Exercise {
  private readonly site: Site;
  private readonly lock: SeqLock;

  constructor(site: Site, lock: SeqLock) {
    this.site = site;
    this.lock = lock;
  }

  enter(): ReturnType<Exercise['enter']> {
    const { control } = this.site;
    try {
      const same = this.lock.read(
        () => Atomics.load(control, ControlAt.first) === Atomics.load(control, ControlAt.second),
      );
      if (!same) this.site.report(Violation.halfChanged);
      return 'inside';
    } catch (error) {
      if (error instanceof LockError && error.code === 'EOWNERDEAD') return 'not';
      throw error;
    }
  }

  leave(): void {
    // A reader holds nothing.
  }
}
