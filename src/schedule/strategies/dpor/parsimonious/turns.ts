import type { Machine } from '../../../../execute/machine.ts';
import { turnAccess } from '../footprints.ts';
import type { Execution } from './execution.ts';

/** The turn of a retry loop that a `retry` ends. */
export interface Turn {
  readonly agent: number;
  /** The number of what was read in it (`Footprints`). */
  readonly reads: number;
  /** The agent's step before the retry, or -1. */
  readonly previous: number;
  /** How many steps there were when it began. */
  readonly began: number;
}

/** When a `retry` can go: once something that its turn has read has changed. */
export class Turns {
  private readonly execution: Execution;

  constructor(execution: Execution) {
    this.execution = execution;
  }

  ofStep(step: number): Turn {
    const { agent, object, previous, began } = this.execution.steps;
    return {
      agent: agent[step]!,
      reads: object[step]!,
      previous: previous[step]!,
      began: began[step]!,
    };
  }

  /** The turn of an agent that waited to the end. */
  ofStuck(machine: Machine, agent: number): Turn {
    const { steps, footprints } = this.execution;
    const { began, reads } = machine.turnOf(agent);
    return { agent, reads: footprints.turn(reads), previous: steps.lastOf[agent]!, began };
  }

  /** Whether any of these steps, which come before `end`, changes what the turn has read. */
  mayRetry(turn: Turn, end: number, includes: (step: number) => boolean): boolean {
    for (let step = turn.began; step < end; step++) {
      if (includes(step) && this.wakes(step, turn)) return true;
    }
    return false;
  }

  private wakes(step: number, { agent, reads, previous, began }: Turn): boolean {
    const { steps } = this.execution;
    const { object, last } = steps;
    if (steps.agent[step] === agent) return false;
    if (!this.execution.clashes(step, reads, reads, turnAccess)) return false;
    for (let own = previous; own >= began; own = steps.previous[own]!) {
      if (own < step && object[own]! <= last[step]! && object[step]! <= last[own]!) return true;
    }
    return false;
  }
}
