import type { Machine } from '../../../../execute/machine.ts';
import { agentCountMax } from '../../../../program/layout.ts';
import { Footprints } from '../footprints.ts';
import { HappensBefore } from '../happens-before.ts';
import { longer, Steps } from '../steps.ts';

/** The origin of a step that was put before somebody else's: no choice of the scheduler's. */
export const pinned = -1;

/** In place of a step that there is not: later than all. */
export const never = 0x7fffffff;

/** The execution that is explored: its steps, their order, and how each came to be chosen. */
export class Execution {
  readonly footprints: Footprints = new Footprints();
  readonly steps: Steps;
  readonly order: HappensBefore;
  readonly agents: number;
  /**
   * For each step: the depth at which the scheduler wanted its agent to go. That is its own, or a
   * smaller one where steps have been put before it since; or `pinned`.
   */
  origin: Int32Array = new Int32Array(256);
  /** For each step the next one of its agent, or `never`; complete once the execution has ended. */
  nextOwn: Int32Array = new Int32Array(256);
  /** Each agent's first step, or `never`. */
  readonly firstOwn: Int32Array = new Int32Array(agentCountMax + 1);

  constructor(memory: Int32Array, agents: number) {
    this.agents = agents;
    this.steps = new Steps(memory, this.footprints);
    this.order = new HappensBefore(this.steps, this.footprints, agents);
  }

  /** The operation that the agent is at becomes the next step. */
  push(machine: Machine, agent: number, origin: number): void {
    const { steps } = this;
    const at = steps.length;
    if (at === this.origin.length) {
      this.origin = longer(this.origin);
      this.nextOwn = longer(this.nextOwn);
    }
    this.origin[at] = origin;
    steps.push(machine, agent);
    this.order.add();
    const previous = steps.previous[at]!;
    if (previous < 0) this.firstOwn[agent] = at;
    else this.nextOwn[previous] = at;
  }

  /** There are no more steps. */
  end(): void {
    const { lastOf } = this.steps;
    for (let agent = 0; agent < this.agents; agent++) {
      const last = lastOf[agent]!;
      if (last < 0) this.firstOwn[agent] = never;
      else this.nextOwn[last] = never;
    }
  }

  /** Whether a step does not commute with an operation that touches this. */
  clashes(step: number, object: number, last: number, access: number): boolean {
    const { steps } = this;
    return this.footprints.clash(
      steps.object[step]!,
      steps.last[step]!,
      steps.access[step]!,
      object,
      last,
      access,
    );
  }
}
