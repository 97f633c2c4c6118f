import { Kind } from '../../program/kinds.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf, judgeHere, type Strategy } from '../../execute/strategy.ts';

/**
 * Follows a list of agents as far as it can: an agent that cannot go is passed over. For
 * minimising, where a shortened schedule need not fit; what really happened is in the executor's
 * record.
 */
export class LooseReplay implements Strategy {
  readonly name = 'loose-replay';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options = {};
  private agents: ArrayLike<number> = [];
  private at = 0;
  /** Preemptions before each step of the present execution. */
  readonly preemptions: number[] = [];

  readonly judges: boolean;

  /** @param judges - whether the execution is judged where the list ends (`Strategy`) */
  constructor(judges = false) {
    this.judges = judges;
  }

  /** What the next execution follows. */
  follow(agents: ArrayLike<number>): void {
    this.agents = agents;
  }

  begin(execution: number): boolean {
    this.at = 0;
    this.preemptions.length = 0;
    return execution === 0;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const chosen = this.wanted(enabled, current);
    if (chosen === judgeHere) return judgeHere;
    const before = this.preemptions[this.preemptions.length - 1] ?? 0;
    this.preemptions.push(
      before + (chosen !== current && preempts(current, enabled, machine) ? 1 : 0),
    );
    return chosen;
  }

  end(): void {
    // Nothing to learn.
  }

  private wanted(enabled: number, current: number): number {
    while (this.at < this.agents.length) {
      const agent = this.agents[this.at++]!;
      if ((enabled & (1 << agent)) !== 0) return agent;
    }
    if (this.judges) return judgeHere;
    return current >= 0 && (enabled & (1 << current)) !== 0 ? current : firstOf(enabled);
  }
}

/**
 * Whether a switch away from `current` is a preemption: it could go on and does not pause or sleep.
 */
export function preempts(current: number, enabled: number, machine: Machine): boolean {
  if (current < 0 || (enabled & (1 << current)) === 0) return false;
  const kind = machine.pendingKind[current];
  return kind !== Kind.pause && kind !== Kind.sleep && kind !== Kind.retry;
}

/** Preemptions in so many steps; those that came after the last choice were fair turns. */
export function preemptionsAt(preemptions: readonly number[], steps: number): number {
  return preemptions[Math.min(steps, preemptions.length) - 1] ?? 0;
}
