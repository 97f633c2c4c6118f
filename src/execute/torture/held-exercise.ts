import { LockError, type LockOutcome } from '../../locks/index.ts';
import { AgentAt, ControlAt, Inside } from './layout.ts';
import type { Exercise, Site } from './site.ts';
import { Violation } from './violations.ts';

/** A lock, or a mode of one, of `heddle/locks` or a wrong one. */
export interface Held {
  lock(): LockOutcome | void;
  unlock(): void;
  lockFor?(ms: number): boolean;
  readonly inconsistent?: boolean;
  makeConsistent?(): void;
}

/** Takes a lock; whether it is held, and had from one who died. */
export function take(lock: Held, ms: number): ReturnType<Exercise['enter']> {
  try {
    if (ms > 0 && lock.lockFor !== undefined) {
      if (!lock.lockFor(ms)) return 'not';
      return lock.inconsistent === true ? 'afterDeath' : 'inside';
    }
    return lock.lock() === 'ownerDied' ? 'afterDeath' : 'inside';
  } catch (error) {
    // A reader whose writer died: a writer has to come and repair what it left.
    if (error instanceof LockError && error.code === 'EOWNERDEAD') return 'not';
    throw error;
  }
}

/** Is alone under the lock. */
export class WriteExercise implements Exercise {
  private readonly site: Site;
  private readonly lock: Held;

  constructor(site: Site, lock: Held) {
    this.site = site;
    this.lock = lock;
  }

  enter(ms: number): ReturnType<Exercise['enter']> {
    const got = take(this.lock, ms);
    if (got === 'not') return got;
    this.site.comeInWriting(got === 'afterDeath');
    if (got === 'afterDeath') this.lock.makeConsistent?.();
    return got;
  }

  leave(): void {
    this.site.goOutWriting();
    this.lock.unlock();
  }
}

/** Shares the lock with other readers. */
export class ReadExercise implements Exercise {
  private readonly site: Site;
  private readonly lock: Held;

  constructor(site: Site, lock: Held) {
    this.site = site;
    this.lock = lock;
  }

  enter(ms: number): ReturnType<Exercise['enter']> {
    const got = take(this.lock, ms);
    if (got !== 'not') this.site.comeInReading();
    return got;
  }

  leave(): void {
    this.site.goOutReading();
    this.lock.unlock();
  }
}

/** Has one of several permits. */
export class PermitExercise implements Exercise {
  private readonly site: Site;
  private readonly lock: Held;
  private readonly permits: number;

  constructor(site: Site, lock: Held, permits: number) {
    this.site = site;
    this.lock = lock;
    this.permits = permits;
  }

  enter(ms: number): ReturnType<Exercise['enter']> {
    const got = take(this.lock, ms);
    if (got === 'not') return got;
    const { control, line } = this.site;
    // No call between the two: a thread is not killed there, so the mark says what is counted.
    const inside = Atomics.add(control, ControlAt.inside, 1) + 1;
    Atomics.store(control, line + AgentAt.inside, Inside.reader);
    if (inside > this.permits) this.site.report(Violation.tooMany);
    return got;
  }

  leave(): void {
    const { control, line } = this.site;
    Atomics.sub(control, ControlAt.inside, 1);
    Atomics.store(control, line + AgentAt.inside, Inside.no);
    this.lock.unlock();
  }
}
