import type { Barrier, Once } from '../../locks/index.ts';
import { ControlAt } from './layout.ts';
import type { Exercise, Site } from './site.ts';
import { Violation } from './violations.ts';

/** Rounds that all agents do together, and end together: two waits at a barrier each. */
class Rounds {
  private readonly site: Site;
  private readonly barrier: Barrier;
  private waits = 0;
  isOver = false;

  constructor(site: Site, barrier: Barrier) {
    this.site = site;
    this.barrier = barrier;
  }

  /** Waits for all; one of them prepares the next round meanwhile. Whether there is one. */
  next(prepare: () => void): boolean {
    const { control } = this.site;
    if (this.wait()) {
      prepare();
      // What one decides while the others wait holds for all.
      if (this.site.isStopped) Atomics.store(control, ControlAt.round, -1);
      else Atomics.add(control, ControlAt.round, 1);
    }
    this.wait();
    this.isOver = Atomics.load(control, ControlAt.round) === -1;
    return !this.isOver;
  }

  private wait(): boolean {
    const { control, agents } = this.site;
    Atomics.add(control, ControlAt.arrived, 1);
    const isLast = this.barrier.wait();
    this.waits = (this.waits + 1) | 0;
    // As a difference, since both wrap.
    const others = (Atomics.load(control, ControlAt.arrived) - Math.imul(this.waits, agents)) | 0;
    if (others < 0) this.site.report(Violation.notAllCame);
    return isLast;
  }
}

/** Waits for all others, again and again. */
export class BarrierExercise implements Exercise {
  private readonly rounds: Rounds;

  constructor(site: Site, barrier: Barrier) {
    this.rounds = new Rounds(site, barrier);
  }

  enter(): ReturnType<Exercise['enter']> {
    return this.rounds.next(() => undefined) ? 'inside' : 'not';
  }

  leave(): void {
    // There is nothing to leave.
  }

  isOver(): boolean {
    return this.rounds.isOver;
  }
}

/** All call a once together, which is made undone between two rounds. */
export class OnceExercise implements Exercise {
  private readonly site: Site;
  private readonly once: Once;
  private readonly rounds: Rounds;
  private readonly undo: () => void;

  constructor(site: Site, once: Once, barrier: Barrier, undo: () => void) {
    this.site = site;
    this.once = once;
    this.undo = undo;
    this.rounds = new Rounds(site, barrier);
  }

  enter(): ReturnType<Exercise['enter']> {
    const { control } = this.site;
    if (!this.rounds.next(this.undo)) return 'not';
    const round = Atomics.load(control, ControlAt.round);
    this.once.call(() => {
      if (Atomics.exchange(control, ControlAt.ran, round) === round) {
        this.site.report(Violation.ranAgain);
      }
    });
    if (Atomics.load(control, ControlAt.ran) !== round) this.site.report(Violation.notDone);
    return 'inside';
  }

  leave(): void {
    // There is nothing to leave.
  }

  isOver(): boolean {
    return this.rounds.isOver;
  }
}
