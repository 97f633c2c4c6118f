import type { CheckWorld } from '../execute/atomics/check-scenario.ts';
import { StateSet } from '../execute/atomics/state-set.ts';
import { MomentState } from '../execute/atomics/moments.ts';
import { Saved, ThreadStates } from '../execute/atomics/thread-states.ts';
import type { Program } from '../execute/program.ts';
import { firstOf } from '../execute/strategy.ts';
import { plainRace } from './plain-race.ts';

/** A thread's step, and where it has led; used again for other steps. */
class Frame {
  /** Who took the step; -1: the beginning. */
  agent = -1;
  /** Before it. */
  readonly saved: Saved = new Saved();
  /** Operations that it had. */
  taken = 0;
  /** Threads still to be explored here. */
  open = 0;
  /** Threads that need not be explored here (any more). */
  asleep = 0;
}

/**
 * Depth-first search of all states of controlled threads, each met once, without an execution: the
 * threads' behaviour is known, so a step can be taken and taken back (`ThreadStates`).
 *
 * Of what is wrong it gives schedules, one for each sort: threads that are stuck, that throw, a
 * `check` that does not hold, and races. A race is a matter of states, too: if two accesses of an
 * execution conflict, one of them is plain, and nothing orders them, then there is an execution in
 * which two threads are at such accesses at the same moment. (Take the first such pair; leave out
 * what neither the later access nor anything before it in the order of happens-before depends on.
 * What is left reads the same, and ends where both are next.)
 *
 * Sleep sets leave out steps and no states, as no state comes after itself: see `StateSearch`.
 */
export class MergedSearch {
  /** Schedules that show what is wrong, by its sort. */
  readonly schedules: Map<string, number[]> = new Map();
  /** Ends that were met: of all threads, or where nobody could go on, or after one threw. */
  ends = 0;
  /** Steps taken. */
  steps = 0;
  /** States after more operations than an execution may have. */
  cutOff = 0;
  private readonly program: Program;
  private readonly world: CheckWorld;
  private readonly states: ThreadStates;
  private readonly statesMax: number;
  private met: StateSet;
  private readonly frames: Frame[] = [];
  private readonly looked = new Saved();
  /** Frames in use: the way here. */
  private depth = 0;
  private beginning: readonly number[] = [];
  /** Operations on the way here. */
  private length = 0;
  private turns = 0;

  constructor(program: Program, statesMax: number) {
    this.program = program;
    this.world = program.world as CheckWorld;
    this.states = new ThreadStates(program);
    this.statesMax = statesMax;
    this.met = new StateSet(statesMax);
  }

  /** Different states met so far. */
  get statesMet(): number {
    return this.met.size;
  }

  /** Whether there were more states than are remembered. */
  get full(): boolean {
    return this.met.size >= this.statesMax;
  }

  /**
   * Goes on until it is through, or it is enough.
   *
   * @param enough - asked every some thousand steps
   * @returns whether it is through
   */
  run(enough: () => boolean): boolean {
    if (this.depth === 0) this.begin();
    while (this.depth > 0) {
      if ((++this.turns & 0xfff) === 0 && enough()) return false;
      const frame = this.frames[this.depth - 1]!;
      if (frame.open === 0) {
        this.leave(frame);
        continue;
      }
      const agent = firstOf(frame.open);
      this.enter(frame, agent);
      frame.open &= ~(1 << agent);
      frame.asleep |= 1 << agent;
      if (this.states.use.grown) this.begin();
    }
    return true;
  }

  /** Begins, or begins anew as more is shared than was known. */
  private begin(): void {
    do {
      this.states.use.grown = false;
      this.met = new StateSet(this.statesMax);
      this.schedules.clear();
      this.ends = this.cutOff = 0;
      this.beginning = this.states.begin();
      this.length = this.beginning.reduce((sum, taken) => sum + taken, 0);
    } while (this.states.use.grown);
    this.met.add(this.states.one, this.states.other);
    this.depth = 0;
    this.arrive(this.push(-1, 0));
  }

  /** Takes a step; goes back at once if it leads to where the search has been. */
  private enter(from: Frame, agent: number): void {
    const { states } = this;
    let asleep = 0;
    for (let left = from.asleep; left !== 0; left &= left - 1) {
      if (!states.dependent(agent, firstOf(left))) asleep |= left & -left;
    }
    const frame = this.push(agent, asleep);
    states.save(agent, frame.saved);
    states.step(agent);
    frame.taken = states.taken;
    this.steps++;
    this.length += frame.taken;
    if (this.met.add(states.one, states.other) && !states.use.grown) this.arrive(frame);
    else this.leave(frame);
  }

  private push(agent: number, asleep: number): Frame {
    const frame = (this.frames[this.depth++] ??= new Frame());
    frame.agent = agent;
    frame.asleep = asleep;
    frame.taken = frame.open = 0;
    return frame;
  }

  private leave(frame: Frame): void {
    this.depth--;
    if (frame.agent < 0) return;
    this.states.restore(frame.agent, frame.saved);
    this.length -= frame.taken;
  }

  /** A state not met before. */
  private arrive(frame: Frame): void {
    const { states } = this;
    const failed = states.at.findIndex(({ state }) => state === MomentState.threw);
    if (failed >= 0) {
      this.ends++;
      this.found(`thrown by ${failed}: ${states.at[failed]!.text}`);
      return;
    }
    if (this.length > this.program.scenario.stepsMax) {
      this.cutOff++;
      return;
    }
    const { enabled } = states;
    if (enabled === 0) this.end();
    else this.lookForRace();
    frame.open = enabled & ~frame.asleep;
  }

  /** Nobody can go. */
  private end(): void {
    const { states, world, program } = this;
    this.ends++;
    if (!states.ended) {
      const where = states.at.map(({ object }, agent) => `${states.kind[agent]} ${object}`);
      this.found(`stuck: ${where.join(', ')}`);
      return;
    }
    for (const [agent, { text }] of states.at.entries()) world.returned[agent] = text;
    for (const invariant of program.invariants) {
      if (!invariant.holds(world)) this.found(`${invariant.name}: ${world.why}`);
    }
  }

  private lookForRace(): void {
    const { states } = this;
    for (let one = 0; one < states.count; one++) {
      for (let other = one + 1; other < states.count; other++) {
        const sort = plainRace(states, one, other);
        if (sort === undefined || this.schedules.has(sort)) continue;
        // Who throws after its access goes last, as an execution is over then.
        if (!this.throwsNext(one)) this.found(sort, [one, other]);
        else if (!this.throwsNext(other)) this.found(sort, [other, one]);
      }
    }
  }

  /** Whether a thread throws after the operation that it is at. */
  private throwsNext(agent: number): boolean {
    const { states, looked } = this;
    states.save(agent, looked);
    states.step(agent);
    const threw = states.at[agent]!.state === MomentState.threw;
    states.restore(agent, looked);
    return threw;
  }

  /** Something is wrong here, after these steps more; one schedule of a sort will do. */
  private found(sort: string, more: readonly number[] = []): void {
    if (this.schedules.has(sort)) return;
    const schedule = this.beginning.flatMap((taken, agent) => stepsOf(agent, taken));
    for (const { agent, taken } of this.frames.slice(0, this.depth))
      schedule.push(...stepsOf(agent, taken));
    this.schedules.set(sort, [...schedule, ...more]);
  }
}

function stepsOf(agent: number, count: number): number[] {
  return new Array<number>(count).fill(agent);
}
