import type { Machine } from '../../../execute/machine.ts';
import { accessOf } from '../../../program/operation-table.ts';
import type { Steps } from './steps.ts';

/** An operation that may come before a step which it depends on. */
export class LateOperation {
  agent = 0;
  kind = 0;
  argument = 0;
  argument2 = 0;
  object = 0;
  last = 0;
  /** Of its outcome in the other order, once that is known. */
  access = 0;
  /** Its agent's step before, or -1. */
  previous = -1;
  /** Its step, or the number of steps if it was never performed. */
  step = 0;
  /** For a retry that was performed: how many steps there were when its turn began. */
  began = 0;

  /** It is a step. */
  take(steps: Steps, step: number): void {
    this.agent = steps.agent[step]!;
    this.kind = steps.kind[step]!;
    this.argument = steps.argument[step]!;
    this.argument2 = steps.argument2[step]!;
    this.object = steps.object[step]!;
    this.last = steps.last[step]!;
    this.access = steps.access[step]!;
    this.previous = steps.previous[step]!;
    this.began = steps.began[step]!;
    this.step = step;
  }

  /** It is what an agent waited in to the end. */
  takeStuck(steps: Steps, machine: Machine, agent: number): void {
    this.agent = agent;
    this.kind = machine.pendingKind[agent]!;
    this.argument = machine.pendingArgument[agent]!;
    this.argument2 = machine.pendingArgument2[agent]!;
    this.object = machine.pendingObject[agent]!;
    this.last = this.object;
    this.access = accessOf[this.kind]!;
    this.previous = steps.lastOf[agent]!;
    this.step = steps.length;
  }
}
