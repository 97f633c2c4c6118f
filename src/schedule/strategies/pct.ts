import { Kind } from '../../program/kinds.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';

/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010):
 * agents have random priorities, the highest that can go goes, and at depth - 1 random steps the
 * agent about to run falls below all others. A bug of that depth is found with probability at least
 * 1 / (n k^(depth - 1)) in each execution.
 *
 * Where we differ: k is learned (the most choices seen so far, beginning with an execution without
 * change points) and counts choices, not steps; change points are drawn distinct; and an agent that
 * pauses or sleeps falls below all others, or a spin loop would hang.
 */
export class Pct implements Strategy {
  readonly name = 'pct';
  readonly everyStep = false;
  readonly repeats = true;
  readonly options: { readonly seed: number; readonly depth: number };
  private readonly random = new Random();
  /** The larger goes first. Invariant: all differ. */
  private readonly priority = new Int32Array(32);
  /** Choices at which the agent about to run falls, in ascending order. */
  private readonly changes: Int32Array;
  private nextChange = 0;
  private choices = 0;
  private choicesMax = 0;
  /** The next lower priority than any given so far. */
  private lowest = 0;

  constructor(options: { readonly seed: number; readonly depth: number }) {
    this.options = options;
    this.changes = new Int32Array(options.depth - 1);
  }

  begin(execution: number, agents: number): boolean {
    const { random, priority } = this;
    random.seed(this.options.seed, execution);
    for (let agent = 0; agent < agents; agent++) {
      const place = random.below(agent + 1);
      priority[agent] = priority[place]!;
      priority[place] = agent + 1;
    }
    this.draw();
    this.nextChange = 0;
    this.choices = 0;
    this.lowest = 0;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const choice = this.choices++;
    let chosen = this.highest(enabled);
    if (this.nextChange < this.changes.length && this.changes[this.nextChange] === choice) {
      this.nextChange++;
      this.priority[chosen] = --this.lowest;
      chosen = this.highest(enabled);
    }
    const kind = machine.pendingKind[chosen];
    if (kind === Kind.pause || kind === Kind.sleep || kind === Kind.retry) {
      // It goes now if nobody else wants to, and after that everybody else goes first.
      this.priority[chosen] = --this.lowest;
      chosen = this.highest(enabled);
    }
    return chosen;
  }

  end(_outcome: ExecutionOutcome): void {
    if (this.choices > this.choicesMax) this.choicesMax = this.choices;
  }

  private highest(enabled: number): number {
    let best = -1;
    for (let left = enabled; left !== 0; left &= left - 1) {
      const agent = 31 - Math.clz32(left & -left);
      if (best < 0 || this.priority[agent]! > this.priority[best]!) best = agent;
    }
    return best;
  }

  private draw(): void {
    const { changes, choicesMax } = this;
    if (choicesMax === 0) {
      changes.fill(-1);
      return;
    }
    const bound = Math.max(choicesMax, changes.length);
    for (let drawn = 0; drawn < changes.length;) {
      if (this.insert(this.random.next() % bound, drawn)) drawn++;
    }
  }

  /** Puts a change point in its place among those drawn so far; false if it is there already. */
  private insert(change: number, drawn: number): boolean {
    const { changes } = this;
    let at = 0;
    while (at < drawn && changes[at]! < change) at++;
    if (at < drawn && changes[at] === change) return false;
    for (let later = drawn; later > at; later--) changes[later] = changes[later - 1]!;
    changes[at] = change;
    return true;
  }
}
