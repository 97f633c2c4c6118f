import type { Machine } from '../../execute/machine.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import type { Subject } from '../../trace/subject.ts';
import { Replay } from './replay.ts';

/** Runs one execution for each given schedule: the agents of its steps, as far as it goes. */
export class GivenSchedules implements Strategy {
  readonly everyStep = true;
  readonly repeats = false;
  readonly name: string;
  readonly options: { readonly schedules: number };
  /** True once all have been run. */
  exhausted = false;
  private readonly schedules: readonly (readonly number[])[];
  private readonly subject: Subject;
  private replay: Replay | undefined;

  /** @param name - of the strategy that has found them */
  constructor(name: string, schedules: readonly (readonly number[])[], subject: Subject) {
    this.name = name;
    this.schedules = schedules;
    this.subject = subject;
    this.options = { schedules: schedules.length };
  }

  begin(execution: number): boolean {
    const schedule = this.schedules[execution];
    if (schedule === undefined) {
      this.exhausted = true;
      return false;
    }
    // What the agents do there is not said.
    const unsaid = new Int32Array(schedule.length);
    const steps = { agents: Int32Array.from(schedule), kinds: unsaid, objects: unsaid };
    this.replay = new Replay(steps, this.subject);
    return this.replay.begin(0);
  }

  choose(enabled: number, current: number, machine: Machine): number {
    return this.replay!.choose(enabled, current, machine);
  }

  end(outcome: ExecutionOutcome): void {
    this.replay!.end(outcome);
  }
}
