import { Access, enabledOf } from '../../../../program/operation-table.ts';
import { longer, mayWait, wordsKept } from '../steps.ts';
import { pinned, type Execution } from './execution.ts';
import type { Overtakings } from './overtakings.ts';

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
  private readonly overtakings: Overtakings;
  /** For each step: the first of the races that are settled there, or -1; and the next one each. */
  private settled: Int32Array = new Int32Array(256).fill(-1);
  private next: Int32Array = new Int32Array(256);

  constructor(execution: Execution, overtakings: Overtakings) {
    this.execution = execution;
    this.overtakings = overtakings;
  }

  /** The last of the steps has just been pushed. */
  add(): void {
    const { steps, order, origin } = this.execution;
    const { overtakings } = this;
    const step = steps.length - 1;
    if (step === this.settled.length) this.settled = longer(this.settled);
    this.settled[step] = -1;
    overtakings.add();
    const end = order.raceEnds[step]!;
    while (end > this.later.length) this.later = longer(this.later);
    const waits = mayWait[steps.kind[step]!] !== 0;
    for (let race = order.raceStart(step); race < end; race++) {
      this.later[race] = step;
      const earlier = order.races[race]!;
      let could = !waits;
      if (waits && this.decides(earlier, step)) {
        could = this.couldGo(step, earlier);
        // Nothing of its object that does not depend on the earlier step could let it go.
        if (!could) continue;
      }
      overtakings.look(earlier, could);
      if (origin[earlier] !== pinned) this.open(race);
    }
  }

  /** Whether a step may decide by itself if a later one that may have to wait can go. */
  private decides(earlier: number, step: number): boolean {
    const { steps } = this.execution;
    return steps.access[earlier] === Access.write && !steps.isWide(earlier) && !steps.isWide(step);
  }

  /** Whether a step could have been made where an earlier one was, by the words of its object. */
  private couldGo(step: number, earlier: number): boolean {
    const { steps } = this.execution;
    const { scratch, before, argument, argument2, object } = steps;
    const own = object[step]!;
    for (let word = 0; word < wordsKept; word++) {
      scratch[own + word] = before[earlier * wordsKept + word]!;
    }
    const enabled = enabledOf[steps.kind[step]!]!;
    return enabled(scratch, steps.agent[step]!, own, argument[step]!, argument2[step]!);
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
