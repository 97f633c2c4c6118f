import { followUpOf } from '../../program/operation-table.ts';
import { Kind } from '../../program/kinds.ts';
import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';

/** An operation that can be recognised in another execution. */
export interface Act {
  readonly agent: number;
  readonly kind: number;
  readonly object: number;
  /** How many operations of this kind on this object the agent did before it. */
  readonly occurrence: number;
}

/** The first must be done before the second may be. */
export interface Constraint {
  readonly before: Act;
  readonly after: Act;
}

/** Counts what agents have done, so that an act is recognised. */
export class ActCounter {
  private readonly counts = new Map<string, number>();

  clear(): void {
    this.counts.clear();
  }

  /** How often the agent has done this. */
  done(agent: number, kind: number, object: number): number {
    return this.counts.get(`${agent} ${kind} ${object}`) ?? 0;
  }

  /** The act that the agent does now. */
  add(agent: number, kind: number, object: number): Act {
    const occurrence = this.done(agent, kind, object);
    this.counts.set(`${agent} ${kind} ${object}`, occurrence + 1);
    return { agent, kind, object, occurrence };
  }
}

/**
 * Random executions in which some operations keep an order. Every second one goes by priorities
 * instead of a random walk, in which one agent gets far before another begins. An execution that
 * cannot keep the order, as a lock stands against it, is abandoned; one in which the first
 * operation never comes goes on without.
 */
export class Constrained implements Strategy {
  readonly name = 'constrained';
  readonly everyStep = true;
  readonly repeats = true;
  readonly options: { readonly seed: number };
  private constraints: readonly Constraint[] = [];
  private readonly random = new Random();
  private readonly counter = new ActCounter();
  private readonly priorities: number[] = [];
  /** The operation that was chosen last; its agent is -1 at the beginning. */
  private last = { agent: -1, kind: 0, object: 0 };

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  /** What the next executions keep to. */
  keep(constraints: readonly Constraint[]): void {
    this.constraints = constraints;
  }

  begin(execution: number, agents: number): boolean {
    this.random.seed(this.options.seed, execution);
    this.counter.clear();
    this.last = { agent: -1, kind: 0, object: 0 };
    for (let agent = 0; agent < agents; agent++) {
      this.priorities[agent] = execution % 2 === 0 ? this.random.below(1 << 14) : 0;
    }
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    this.settle(machine);
    let allowed = enabled;
    for (const { before, after } of this.constraints) {
      const { agent } = after;
      if ((allowed & (1 << agent)) === 0 || this.isSettled(before, machine)) continue;
      const same =
        machine.pendingKind[agent] === after.kind && machine.pendingObject[agent] === after.object;
      if (!same) continue;
      const occurrence = this.counter.done(agent, after.kind, after.object);
      if (occurrence === after.occurrence) allowed &= ~(1 << agent);
    }
    if (allowed === 0) return -1;
    const agent = this.pick(allowed);
    const kind = machine.pendingKind[agent]!;
    const object = machine.pendingObject[agent]!;
    this.counter.add(agent, kind, object);
    this.last = { agent, kind, object };
    return agent;
  }

  end(): void {
    // Nothing to learn.
  }

  /** It is done, or nobody is left to do it: then its constraint lapses. */
  private isSettled({ agent, kind, object, occurrence }: Act, { alive }: Machine): boolean {
    return (alive & (1 << agent)) === 0 || this.counter.done(agent, kind, object) > occurrence;
  }

  /** An operation that may queue and was granted at once is its follow-up, too. */
  private settle(machine: Machine): void {
    const { agent, kind, object } = this.last;
    if (agent < 0) return;
    const followUp = followUpOf[kind]!;
    if (followUp === Kind.none) return;
    const queued =
      machine.pendingKind[agent] === followUp && machine.pendingObject[agent] === object;
    if (!queued) this.counter.add(agent, followUp, object);
    this.last = { agent: -1, kind: 0, object: 0 };
  }

  private pick(allowed: number): number {
    const { priorities } = this;
    let best = firstOf(allowed);
    let ties = 1;
    for (let left = allowed & (allowed - 1); left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (priorities[agent]! > priorities[best]!) {
        best = agent;
        ties = 1;
      } else if (priorities[agent] === priorities[best] && this.random.below(++ties) === 0) {
        best = agent;
      }
    }
    return best;
  }
}
