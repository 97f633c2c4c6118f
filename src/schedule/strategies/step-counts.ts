import type { Machine } from '../../execute/machine.ts';
import { Access, accessOf } from '../../program/operation-table.ts';
import { firstOf } from '../../execute/strategy.ts';
import { agentCountMax } from '../../program/layout.ts';

/** An object that agents share, as far as a few executions have shown. */
export interface SharedObject {
  readonly object: number;
  /** Operations on it, of all agents. */
  readonly operations: number;
  /** Operations on it, by agent. */
  readonly byAgent: Int32Array;
}

/**
 * What executions have shown of a program's length: how many steps each agent makes, and how many
 * of them on which object. The paper on URW and SURW (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS
 * 2025) counts one execution; here the most that any counted execution showed is kept, since the
 * one that is counted first may end in a deadlock.
 */
export class StepCounts {
  /** The most steps that each agent made. */
  readonly steps: Int32Array = new Int32Array(agentCountMax);
  private readonly now = new Int32Array(agentCountMax);
  /** Operations of the execution being counted, by object and agent. */
  private readonly objects = new Map<number, Counted>();
  private agents = 0;

  /** An execution begins that is to be counted. */
  begin(agents: number): void {
    this.agents = agents;
    this.now.fill(0);
    for (const counted of this.objects.values()) counted.now.fill(0);
  }

  /** The agent is about to perform the operation that it is at. */
  note(agent: number, machine: Machine): void {
    this.now[agent] = this.now[agent]! + 1;
    const access = accessOf[machine.pendingKind[agent]!]!;
    if (access === Access.none) return;
    const object = machine.pendingObject[agent]!;
    let counted = this.objects.get(object);
    if (counted === undefined) {
      counted = {
        now: new Int32Array(agentCountMax),
        most: new Int32Array(agentCountMax),
        changed: false,
      };
      this.objects.set(object, counted);
    }
    counted.now[agent] = counted.now[agent]! + 1;
    if (access !== Access.read) counted.changed = true;
  }

  end(): void {
    keepMost(this.steps, this.now);
    for (const counted of this.objects.values()) keepMost(counted.most, counted.now);
  }

  /**
   * The objects that at least so many agents use, one of which changes it.
   *
   * @param least - agents, at least 2
   */
  shared(least: number): SharedObject[] {
    const found: SharedObject[] = [];
    for (const [object, { most, changed }] of this.objects) {
      let users = 0;
      let operations = 0;
      for (let left = (1 << this.agents) - 1; left !== 0; left &= left - 1) {
        const count = most[firstOf(left)]!;
        if (count > 0) users++;
        operations += count;
      }
      if (changed && users >= least) found.push({ object, operations, byAgent: most });
    }
    return found;
  }
}

interface Counted {
  readonly now: Int32Array;
  readonly most: Int32Array;
  changed: boolean;
}

function keepMost(most: Int32Array, now: Int32Array): void {
  for (let agent = 0; agent < most.length; agent++) {
    if (now[agent]! > most[agent]!) most[agent] = now[agent]!;
  }
}

/**
 * Whether this execution is counted: the first one, and after that ever more rarely, since counting
 * costs and there is ever less to learn.
 *
 * @param run - executions run before it
 */
export function isCounted(run: number): boolean {
  return run < 4 || (run & (run - 1)) === 0;
}

/**
 * An agent of a mask, with probability in proportion to its weight; an agent without weight weighs
 * one, so that a program that does more than was counted goes on.
 *
 * @param draw - 32 random bits
 */
export function weighted(mask: number, weights: Int32Array, draw: number): number {
  let total = 0;
  for (let left = mask; left !== 0; left &= left - 1) {
    total += Math.max(1, weights[firstOf(left)]!);
  }
  let at = Math.floor((draw / 0x1_0000_0000) * total);
  for (let left = mask; ; left &= left - 1) {
    const agent = firstOf(left);
    at -= Math.max(1, weights[agent]!);
    if (at < 0) return agent;
  }
}
