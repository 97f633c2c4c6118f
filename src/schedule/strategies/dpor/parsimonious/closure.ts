import type { Machine } from '../../../../execute/machine.ts';
import { Kind } from '../../../../program/kinds.ts';
import { agentCountMax } from '../../../../program/layout.ts';
import { Access, enabledOf } from '../../../../program/operation-table.ts';
import { shareOf } from '../other-order.ts';
import { mayWait, wordsKept } from '../steps.ts';
import { never, type Execution } from './execution.ts';
import type { Overtakings } from './overtakings.ts';
import type { Turns } from './turns.ts';

/**
 * Whether the execution is what the scheduler makes of a configuration: of steps that are closed
 * under what they depend on, in whatever order they were made. The scheduler prefers agents with
 * small numbers, so what it does next depends on the configuration alone.
 *
 * This is followed step by step in what was recorded: from the configuration on, of all agents that
 * can go the first one must go in the execution, too, before anything that it does not commute
 * with. Most configurations fail by one look at `Overtakings`, and where nobody ever waits that
 * look is all that is needed.
 */
export class Closure {
  /**
   * After a test that failed: up to which step the execution must stay for it to fail again; -1: it
   * may not.
   */
  failsUpTo = -1;
  /** For each agent: one more than its last step in the configuration. */
  readonly clock: Int32Array = new Int32Array(agentCountMax + 1);
  private readonly execution: Execution;
  private readonly overtakings: Overtakings;
  private readonly turns: Turns;
  private readonly machine: Machine;
  /** Each agent's next step, or `never`. */
  private readonly next = new Int32Array(agentCountMax + 1);
  /** Before which step of the execution all steps of the agent have been made. */
  private readonly made = new Int32Array(agentCountMax + 1);
  /** Agents that waited when the execution ended. */
  private stuck = 0;
  /** From which step on all were chosen by the scheduler; -1: not looked for yet. */
  private free = 0;
  /** How many steps the configuration has, and the last of them in the execution. */
  private size = 0;
  private reach = 0;
  /** Who has waited, or waits. */
  private waiters = 0;

  constructor(execution: Execution, overtakings: Overtakings, turns: Turns, machine: Machine) {
    this.execution = execution;
    this.overtakings = overtakings;
    this.turns = turns;
    this.machine = machine;
  }

  /** Another execution has ended, and these agents were waiting. */
  begin(stuck: number): void {
    this.stuck = stuck;
    this.waiters = this.stuck | this.overtakings.waiters;
    this.free = -1;
  }

  /**
   * @param depth - all steps up to this one are in the configuration, and those before `clock`
   * @param from - the test is about steps up to this one at the least
   */
  isOf(depth: number, from: number): boolean {
    const { clock, overtakings, execution } = this;
    const { last } = overtakings;
    for (let agent = 0; agent < execution.agents; agent++) {
      const overtaking = last[agent]!;
      if (overtaking <= depth || clock[agent]! > overtaking) continue;
      this.failsUpTo = Math.max(from, overtakings.shownBy[agent]!);
      return false;
    }
    this.failsUpTo = -1;
    return this.waiters === 0 || this.follows(depth, from);
  }

  private follows(depth: number, from: number): boolean {
    const { next, made, stuck } = this;
    if (this.free < 0) this.findFree();
    const { free } = this;
    const { nextOwn, steps } = this.execution;
    let open = this.start(depth);
    let waiting = 0;
    // As soon as the configuration is a beginning of the execution, and all after it was chosen by
    // the scheduler, nothing can differ any more.
    while (this.reach + 1 !== this.size || this.size < free) {
      const rest = open & ~waiting;
      if (rest === 0) throw new Error('[internal] what was recorded cannot be followed');
      const bit = rest & -rest;
      const agent = 31 - Math.clz32(bit);
      const step = next[agent]!;
      if (step !== never && this.isReady(step)) {
        made[agent] = step + 1;
        next[agent] = nextOwn[step]!;
        this.size++;
        if (step > this.reach) this.reach = step;
        if (next[agent] === never && (stuck & bit) === 0) open &= ~bit;
        if (waiting !== 0) waiting = this.stillWaiting(waiting, step);
        continue;
      }
      if (step === never) {
        if (this.couldStuck(agent, depth)) return false;
      } else if (mayWait[steps.kind[step]!] === 0 || this.could(step, depth)) {
        this.failsUpTo = Math.max(from, this.reach, step);
        return false;
      }
      waiting |= bit;
    }
    return true;
  }

  private findFree(): void {
    const { origin, steps } = this.execution;
    let free = steps.length;
    while (free > 0 && origin[free - 1] === free - 1) free--;
    this.free = free;
  }

  /** The configuration; who is not at an end there. */
  private start(depth: number): number {
    const { clock, next, made, stuck } = this;
    const { nextOwn, agents } = this.execution;
    let reach = depth;
    let open = stuck;
    for (let agent = 0; agent < agents; agent++) {
      const end = clock[agent]!;
      const beyond = end - 1 > depth;
      next[agent] = beyond ? nextOwn[end - 1]! : this.nextAfter(agent, depth);
      made[agent] = beyond ? end : depth + 1;
      if (end - 1 > reach) reach = end - 1;
      if (next[agent] !== never) open |= 1 << agent;
    }
    let size = depth + 1;
    for (let step = size; step <= reach; step++) if (this.isMade(step)) size++;
    this.size = size;
    this.reach = reach;
    return open;
  }

  /** An agent's first step after a depth, or `never`. */
  private nextAfter(agent: number, depth: number): number {
    const { lastOf, previous } = this.execution.steps;
    let next = never;
    for (let step = lastOf[agent]!; step > depth; step = previous[step]!) next = step;
    return next;
  }

  /** Whether all that the step depends on has been made; its agent's steps have. */
  private isReady(step: number): boolean {
    const { order } = this.execution;
    const end = order.raceEnds[step]!;
    for (let race = order.raceStart(step); race < end; race++) {
      if (!this.isMade(order.races[race]!)) return false;
    }
    return true;
  }

  /** Of agents that could not go those for which a step has changed nothing. */
  private stillWaiting(waiting: number, made: number): number {
    const { next, machine } = this;
    const { steps } = this.execution;
    if (steps.isWide(made)) return 0;
    let left = waiting;
    for (let rest = waiting; rest !== 0; rest &= rest - 1) {
      const agent = 31 - Math.clz32(rest & -rest);
      const step = next[agent]!;
      const kind = step === never ? machine.pendingKind[agent] : steps.kind[step];
      const object = step === never ? machine.pendingObject[agent] : steps.object[step];
      if (kind === Kind.retry || object === steps.object[made]) left &= ~(1 << agent);
    }
    return left;
  }

  /** Whether an agent that waited to the end could go now. */
  private couldStuck(agent: number, depth: number): boolean {
    const { machine } = this;
    const { steps } = this.execution;
    const kind = machine.pendingKind[agent]!;
    if (kind === Kind.retry) {
      const turn = this.turns.ofStuck(machine, agent);
      return this.turns.mayRetry(turn, steps.length, (step) => this.isMade(step));
    }
    const object = machine.pendingObject[agent]!;
    this.restore(object, steps.top[object]!, depth);
    const { pendingArgument, pendingArgument2 } = machine;
    const [argument, argument2] = [pendingArgument[agent]!, pendingArgument2[agent]!];
    return enabledOf[kind]!(steps.scratch, agent, object, argument, argument2);
  }

  /** Whether a step that is not ready could be made all the same, with another outcome. */
  private could(step: number, depth: number): boolean {
    const { steps } = this.execution;
    const kind = steps.kind[step]!;
    if (kind === Kind.retry) {
      return this.turns.mayRetry(this.turns.ofStep(step), step, (one) => this.isMade(one));
    }
    const object = steps.object[step]!;
    this.restore(object, steps.below[step]!, depth);
    const { agent, argument, argument2, scratch } = steps;
    return enabledOf[kind]!(scratch, agent[step]!, object, argument[step]!, argument2[step]!);
  }

  private isMade(step: number): boolean {
    return step < this.made[this.execution.steps.agent[step]!]!;
  }

  /** The scratch words of an object are what they are now, of its steps down from `from`. */
  private restore(object: number, from: number, depth: number): void {
    const { steps } = this.execution;
    const { access, below, scratch } = steps;
    let lacking = -1;
    for (let step = from; step > depth; step = below[step]!) {
      const changes = access[step] === Access.write || access[step] === Access.share;
      if (changes && !this.isMade(step)) lacking = step;
    }
    if (lacking < 0) {
      for (let step = steps.top[object]!; step > from; step = below[step]!) lacking = step;
      this.copyBefore(object, lacking);
      return;
    }
    this.copyBefore(object, lacking);
    // What was made after it commutes with it.
    for (let step = from; step > lacking; step = below[step]!) {
      if (access[step] === Access.share && this.isMade(step)) {
        shareOf(scratch, steps.kind[step]!, object);
      }
    }
  }

  /** The words of the object before a step on it; -1: at the end. */
  private copyBefore(object: number, step: number): void {
    const { memory, before, scratch } = this.execution.steps;
    for (let word = 0; word < wordsKept; word++) {
      const value = step < 0 ? memory[object + word] : before[step * wordsKept + word];
      scratch[object + word] = value ?? 0;
    }
  }
}
