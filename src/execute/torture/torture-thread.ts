import { AgentTable } from '../../locks/index.ts';
import { monotonicMs } from '../clock.ts';
import { Random } from '../random.ts';
import { take, type Held } from './held-exercise.ts';
import { bucketOf } from './histogram.ts';
import { AgentAt, bucketsOf, ControlAt, Phase, StatisticAt, statisticsOf } from './layout.ts';
import { lockOffset } from './lock-area.ts';

import type { TortureThreadData } from './messages.ts';
import { agentsMax } from './parameters.ts';
import { perturb } from './perturbation.ts';
import { Site, type Exercise } from './site.ts';
import { tortureTypeNamed } from './types.ts';

/** About one turn in so many begins with a nap of a millisecond. */
const napOdds = 1_000_000;
/** Milliseconds that a short hold takes. */
const shortHoldMs = 0.002;
/** With nested locks, about one turn in so many leaves the lock itself out. */
const skipOdds = 100;

/** One agent: takes its lock again and again until it is told to end. */
export class TortureThread {
  private readonly data: TortureThreadData;
  private readonly control: Int32Array;
  private readonly statistics: Float64Array;
  private readonly site: Site;
  private readonly exercise: Exercise;
  private readonly nested: Held[] = [];
  private readonly random = new Random();
  private readonly own = new Int32Array(new SharedArrayBuffer(4));
  private readonly leaveTable: () => void;
  private readonly waits: number;
  private readonly holds: number;
  private readonly first: number;

  constructor(data: TortureThreadData) {
    const { parameters, place, role } = data;
    this.data = data;
    this.control = new Int32Array(data.control);
    this.statistics = new Float64Array(data.statistics);
    this.waits = bucketsOf(place, 'waits');
    this.holds = bucketsOf(place, 'holds');
    this.first = statisticsOf(place);
    const { nwriters_stress, nreaders_stress } = parameters;
    this.site = new Site(this.control, place, nwriters_stress, nreaders_stress);
    this.random.seed(parameters.seed, place * 1000 + data.turn);
    const type = tortureTypeNamed(parameters.torture_type);
    const agent = new AgentTable(data.locks, { capacity: agentsMax }).join();
    this.leaveTable = () => agent.leave();
    const isWriter = role === 'writer';
    this.exercise = type.attach({ agent, offset: lockOffset(type, 0), site: this.site, isWriter });
    for (let at = 1; isWriter && at <= parameters.nested_locks; at++) {
      this.nested.push(type.attachNested!(agent, lockOffset(type, at)));
    }
  }

  run(): void {
    const { exercise, site } = this;
    const { perturb: odds, seed } = this.data.parameters;
    if (odds > 0) perturb(odds, seed, ~this.site.place);
    this.enterPhase(Phase.outside);
    this.rest();
    while (!this.isOver()) {
      this.rest();
      if (this.random.next() % napOdds === 0) this.nap(1);
      this.turn();
      Atomics.add(this.control, site.line + AgentAt.turns, 1);
    }
    if (site.isStopped) exercise.retire?.();
    this.leaveTable();
    this.enterPhase(Phase.ended);
  }

  private isOver(): boolean {
    const { exercise, site, control } = this;
    if (exercise.isOver !== undefined) return exercise.isOver();
    return site.isStopped || Atomics.load(control, site.line + AgentAt.leave) !== 0;
  }

  /** Stutter: waits while all rest. */
  private rest(): void {
    const { control } = this;
    if (Atomics.load(control, ControlAt.pause) === 0) return;
    this.enterPhase(Phase.paused);
    while (Atomics.load(control, ControlAt.pause) !== 0) Atomics.wait(control, ControlAt.pause, 1);
    this.enterPhase(Phase.outside);
  }

  private turn(): void {
    const { random, nested } = this;
    if (nested.length === 0) {
      this.section();
      return;
    }
    // A random set, in the order of their numbers, so that they cannot deadlock.
    const set = random.below(1 << nested.length);
    const taken: Held[] = [];
    this.enterPhase(Phase.waiting);
    for (const [at, lock] of nested.entries()) {
      if ((set & (1 << at)) === 0) continue;
      if (take(lock, 0) === 'afterDeath') lock.makeConsistent?.();
      taken.push(lock);
    }
    if (random.below(skipOdds) !== 0) this.section();
    for (const lock of taken.reverse()) lock.unlock();
    this.enterPhase(Phase.outside);
  }

  /** Takes the lock, holds it and releases it, and notes how long that took. */
  private section(): void {
    const { exercise, random, statistics, first } = this;
    const { lock_for, acq_writer_lim } = this.data.parameters;
    this.enterPhase(Phase.waiting);
    const begunMs = monotonicMs();
    const got = exercise.enter(lock_for > 0 && random.below(2) === 0 ? lock_for : 0);
    const enteredMs = monotonicMs();
    if (got === 'not') {
      statistics[first + StatisticAt.timedOut]!++;
      this.enterPhase(Phase.outside);
      return;
    }
    this.enterPhase(Phase.inside);
    this.hold();
    exercise.leave();
    const leftMs = monotonicMs();
    this.enterPhase(Phase.outside);
    statistics[first + StatisticAt.acquired]!++;
    if (got === 'afterDeath') statistics[first + StatisticAt.ownerDied]!++;
    const waitedMs = enteredMs - begunMs;
    const isLate = acq_writer_lim > 0 && this.data.role === 'writer' && waitedMs > acq_writer_lim;
    if (isLate) statistics[first + StatisticAt.overLimit]!++;
    statistics[this.waits + bucketOf(waitedMs)]!++;
    statistics[this.holds + bucketOf(leftMs - enteredMs)]!++;
  }

  /** Mostly nothing, sometimes something, rarely long. */
  private hold(): void {
    const { random, site, data } = this;
    const { long_hold } = data.parameters;
    const many = data.role === 'writer' ? site.writers : site.agents - site.writers;
    if (long_hold > 0 && random.next() % (many * 2000 * long_hold) === 0) {
      this.busy(long_hold);
    } else if (random.next() % (many * 400) === 0) {
      this.busy(shortHoldMs);
    }
    // Another thread may have the processor meanwhile.
    if (random.next() % (many * 20_000) === 0) this.nap(0.05);
  }

  private busy(ms: number): void {
    const endMs = monotonicMs() + ms;
    while (monotonicMs() < endMs);
  }

  private nap(ms: number): void {
    Atomics.wait(this.own, 0, 0, ms);
  }

  private enterPhase(phase: number): void {
    Atomics.store(this.control, this.site.line + AgentAt.phase, phase);
  }
}
