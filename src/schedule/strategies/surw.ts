import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import { firstOf, type Strategy } from '../../execute/strategy.ts';
import { Access, accessOf } from '../../program/operation-table.ts';
import { agentCountMax } from '../../program/layout.ts';
import { isCounted, StepCounts, weighted, type SharedObject } from './step-counts.ts';

/**
 * Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025): the operations
 * on one shared object, drawn anew for each execution, are interleaved uniformly; all else follows
 * random priorities of agents, drawn again after each step.
 *
 * One agent is *intended*: it makes the next operation on the object, drawn in proportion to the
 * operations on it that each agent has left. Another agent that comes to the object is held back
 * until then. If nobody else can go, all that is held back is let go and the intention forgotten.
 *
 * Where we differ: the counts are the most that any counted execution showed (`step-counts.ts`),
 * and where no object is shared by half of the agents, those shared by two will do.
 */
export class SelectiveRandomWalk implements Strategy {
  readonly name = 'surw';
  readonly everyStep = true;
  readonly repeats = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  private readonly counts = new StepCounts();
  private readonly priority = new Uint32Array(agentCountMax);
  /** Operations on the object that each agent has left in this execution, as far as is known. */
  private readonly left = new Int32Array(agentCountMax);
  private candidates: readonly SharedObject[] = [];
  /** Operations on all candidates. */
  private operations = 0;
  /** The object whose operations are interleaved uniformly, or -1 while none is known. */
  private object = -1;
  private intended = -1;
  /** Agents that are held back, as a mask. */
  private held = 0;
  private agents = 0;
  /** Executions run before this one. */
  private run = -1;
  private counting = false;

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  begin(execution: number, agents: number): boolean {
    const { random, priority } = this;
    random.seed(this.options.seed, execution);
    this.agents = agents;
    this.counting = isCounted(++this.run);
    if (this.counting) this.counts.begin(agents);
    for (let agent = 0; agent < agents; agent++) priority[agent] = random.next();
    this.held = 0;
    this.intended = -1;
    this.object = -1;
    if (this.candidates.length > 0) this.draw();
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    let chosen = this.highest(enabled & ~this.held);
    while (chosen >= 0 && chosen !== this.intended && this.isInteresting(chosen, machine)) {
      this.held |= 1 << chosen;
      chosen = this.highest(enabled & ~this.held);
    }
    if (chosen < 0) {
      // Whoever was intended cannot go before somebody who was held back.
      chosen = weighted(enabled, this.left, this.random.next());
    }
    if (this.isInteresting(chosen, machine)) this.pass(chosen);
    this.priority[chosen] = this.random.next();
    if (this.counting) this.counts.note(chosen, machine);
    return chosen;
  }

  end(): void {
    if (!this.counting) return;
    this.counts.end();
    const half = Math.max(2, Math.ceil(this.agents / 2));
    const many = this.counts.shared(half);
    this.candidates = many.length > 0 ? many : this.counts.shared(2);
    this.operations = this.candidates.reduce((sum, { operations }) => sum + operations, 0);
  }

  /** Draws the execution's object, and who comes to it first. */
  private draw(): void {
    let at = Math.floor((this.random.next() / 0x1_0000_0000) * this.operations);
    for (const candidate of this.candidates) {
      at -= candidate.operations;
      if (at >= 0) continue;
      this.object = candidate.object;
      this.left.set(candidate.byAgent);
      break;
    }
    this.intend();
  }

  private intend(): void {
    let users = 0;
    for (let agent = 0; agent < this.agents; agent++)
      if (this.left[agent]! > 0) users |= 1 << agent;
    this.intended = users === 0 ? -1 : weighted(users, this.left, this.random.next());
  }

  /** The agent makes its operation on the object: somebody else is intended next. */
  private pass(agent: number): void {
    this.left[agent] = Math.max(0, this.left[agent]! - 1);
    this.held = 0;
    this.intend();
  }

  private isInteresting(agent: number, machine: Machine): boolean {
    return (
      machine.pendingObject[agent] === this.object &&
      accessOf[machine.pendingKind[agent]!] !== Access.none
    );
  }

  private highest(mask: number): number {
    let best = -1;
    for (let left = mask; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      if (best < 0 || this.priority[agent]! > this.priority[best]!) best = agent;
    }
    return best;
  }
}
