import { Access } from '../../../program/operation-table.ts';
import { accessesClash, type Footprints } from './footprints.ts';
import { longer, mayWait, type Steps } from './steps.ts';

/**
 * The order that dependence gives the steps, as vector clocks, and the pairs of steps that might
 * be had the other way round.
 *
 * A pair is a *race*: dependent, and nothing between them in the order. Where the later operation
 * may have to wait, every earlier step that it depends on counts, unless its own agent's step
 * before follows that: it may have waited for the end of what was begun there (an acquire that
 * found the lock taken follows the release, and it is the earlier acquire that it raced with).
 */
export class HappensBefore {
  /** For each step and agent: one more than that agent's last step which is not after it. */
  clocks: Int32Array;
  /** For each step: where its races end, and the next one's begin. */
  raceEnds: Int32Array;
  /** For each race: the earlier step. */
  races: Int32Array = new Int32Array(256);
  /**
   * For each race: up to which step the execution must stay for the race to need no more looking
   * at; -1: look at it.
   */
  settled: Int32Array = new Int32Array(256);
  readonly width: number;
  private readonly steps: Steps;
  private readonly footprints: Footprints;

  constructor(steps: Steps, footprints: Footprints, agents: number) {
    this.steps = steps;
    this.footprints = footprints;
    this.width = agents;
    this.clocks = new Int32Array(steps.capacity * agents);
    this.raceEnds = new Int32Array(steps.capacity);
  }

  /** Whether a step is before another in the order, or the same. */
  before(one: number, other: number): boolean {
    return this.clocks[other * this.width + this.steps.agent[one]!]! > one;
  }

  /** Where the races of a step begin. */
  raceStart(step: number): number {
    return step === 0 ? 0 : this.raceEnds[step - 1]!;
  }

  /** The steps have been truncated: races that are no longer settled are to be looked at again. */
  truncate(length: number): void {
    const end = this.raceStart(length);
    for (let race = 0; race < end; race++) {
      if (this.settled[race]! >= length) this.settled[race] = -1;
    }
  }

  /** The last of the steps has just been pushed. */
  add(): void {
    const { steps, width } = this;
    const step = steps.length - 1;
    if (steps.capacity > this.raceEnds.length) {
      this.clocks = longer(this.clocks);
      this.raceEnds = longer(this.raceEnds);
    }
    const { clocks } = this;
    const at = step * width;
    const previous = steps.previous[step]!;
    if (previous < 0) clocks.fill(0, at, at + width);
    else
      for (let i = 0, from = previous * width; i < width; i++) clocks[at + i] = clocks[from + i]!;
    clocks[at + steps.agent[step]!] = step + 1;
    this.raceEnds[step] = this.raceStart(step);
    if (steps.access[step] === Access.none) return;
    if (steps.wide > 0) this.compareWithAll(step, previous);
    else this.compareOnObject(step, previous);
  }

  private compareOnObject(step: number, previous: number): void {
    const { steps } = this;
    const { access, agent, below } = steps;
    const mine = access[step]!;
    const waits = mayWait[steps.kind[step]!] !== 0;
    for (let other = below[step]!; other >= 0; other = below[other]!) {
      const theirs = access[other]!;
      if (!accessesClash(theirs, mine)) continue;
      const known = previous >= 0 && this.before(other, previous);
      if (agent[other] !== agent[step]) this.meet(other, step, waits && !known);
      // What lies below a write is before it.
      if (theirs === Access.write && (!waits || known || agent[other] === agent[step])) return;
    }
  }

  private compareWithAll(step: number, previous: number): void {
    const { steps, footprints } = this;
    const { object, last, access, agent } = steps;
    const waits = mayWait[steps.kind[step]!] !== 0;
    for (let other = step - 1; other >= 0; other--) {
      if (agent[other] === agent[step]) continue;
      const clash = footprints.clash(
        object[other]!,
        last[other]!,
        access[other]!,
        object[step]!,
        last[step]!,
        access[step]!,
      );
      if (clash) this.meet(other, step, waits && !(previous >= 0 && this.before(other, previous)));
    }
  }

  /** Two dependent steps of different agents; from the latest such pair to the earliest. */
  private meet(other: number, step: number, counts: boolean): void {
    const { clocks, width } = this;
    const direct = !this.before(other, step);
    if (direct) {
      const to = step * width;
      const from = other * width;
      for (let i = 0; i < width; i++) {
        if (clocks[from + i]! > clocks[to + i]!) clocks[to + i] = clocks[from + i]!;
      }
    }
    if (!direct && !counts) return;
    const race = this.raceEnds[step]!;
    if (race === this.races.length) {
      this.races = longer(this.races);
      this.settled = longer(this.settled);
    }
    this.races[race] = other;
    this.settled[race] = -1;
    this.raceEnds[step] = race + 1;
  }
}
