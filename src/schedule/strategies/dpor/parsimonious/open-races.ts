import { longer } from '../steps.ts';
import { pinned, type Execution } from './execution.ts';

/**
 * The races that have to be looked at when an execution has ended. One that came to nothing because
 * of the steps up to some point is *settled* there, and open again when the execution has been
 * truncated before that.
 */
export class OpenRaces {
  /** Their numbers. */
  races: Int32Array = new Int32Array(256);
  count = 0;
  /** Of each race the later step. */
  later: Int32Array = new Int32Array(256);
  private readonly execution: Execution;
  /** For each step: the first of the races that are settled there, or -1; and the next one each. */
  private settled: Int32Array = new Int32Array(256).fill(-1);
  private next: Int32Array = new Int32Array(256);

  constructor(execution: Execution) {
    this.execution = execution;
  }

  /** The last of the steps has just been pushed. */
  add(): void {
    const { steps, order, origin } = this.execution;
    const step = steps.length - 1;
    if (step === this.settled.length) this.settled = longer(this.settled);
    this.settled[step] = -1;
    const end = order.raceEnds[step]!;
    while (end > this.later.length) this.later = longer(this.later);
    for (let race = order.raceStart(step); race < end; race++) {
      this.later[race] = step;
      if (origin[order.races[race]!] !== pinned) this.open(race);
    }
  }

  /** The steps, so many before, are about to be truncated. */
  truncate(length: number): void {
    const { steps, order } = this.execution;
    const end = order.raceStart(length);
    let count = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.races[i]! < end) this.races[count++] = this.races[i]!;
    }
    this.count = count;
    for (let step = length; step < steps.length; step++) {
      for (let race = this.settled[step]!; race >= 0; race = this.next[race]!) {
        if (race < end) this.open(race);
      }
    }
  }

  /** A race has come to nothing, and will as long as the execution stays up to this step. */
  settle(race: number, upTo: number): void {
    while (race >= this.next.length) this.next = longer(this.next);
    this.next[race] = this.settled[upTo]!;
    this.settled[upTo] = race;
  }

  /** It is to be looked at after the next execution, too. */
  open(race: number): void {
    if (this.count === this.races.length) this.races = longer(this.races);
    this.races[this.count++] = race;
  }
}
