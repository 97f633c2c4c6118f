import { ControlAt } from './control.ts';
import type { SharedSchedule } from './shared-schedule.ts';

/**
 * Milliseconds that an agent waits for its step at the most: then the schedule does not fit, and it
 * goes on freely.
 */
const patienceMs = 2000;

/**
 * Leads free threads along a schedule, and lets go at its end: each operation is carried out by the
 * real locks, in the schedule's order. A schedule that ends where a deadlock becomes unavoidable
 * then hangs the threads for real.
 */
export class Gate {
  private readonly agent: number;
  private readonly control: Int32Array;
  private readonly schedule: SharedSchedule;

  constructor(agent: number, control: Int32Array, schedule: SharedSchedule) {
    this.agent = agent;
    this.control = control;
    this.schedule = schedule;
  }

  /** Returns when the next step is this agent's, or the schedule is through. */
  enter(): void {
    const { control, schedule } = this;
    for (;;) {
      const step = Atomics.load(control, ControlAt.step);
      if (step >= schedule.length || schedule.agent(step) === this.agent) return;
      if (Atomics.wait(control, ControlAt.step, step, patienceMs) === 'timed-out') {
        Atomics.store(control, ControlAt.step, schedule.length);
      }
    }
  }

  /** A step has been performed. */
  passed(): void {
    Atomics.add(this.control, ControlAt.step, 1);
    Atomics.notify(this.control, ControlAt.step);
  }
}
