import type { Finding } from '../check/finding.ts';
import type { Machine } from '../execute/machine.ts';
import type { Details } from '../execute/details.ts';
import type { DirectedGoal } from './strategies/directed.ts';

/** An agent that stands before an operation. */
interface Stand {
  readonly agent: number;
  readonly kind: number;
  readonly object: number;
}

/**
 * A race or a deadlock that was predicted, as a goal to search for: these agents, each before the
 * operation that the prediction has it at (RaceFuzzer: Sen, PLDI 2008, delays agents there).
 */
export class PredictionGoal implements DirectedGoal {
  readonly edges: readonly Stand[];
  private readonly finding: Finding;

  /** @param details - of the execution that it was predicted from */
  constructor(finding: Finding, details: Details) {
    this.finding = finding;
    this.edges = finding.parties.map(({ agent, event, object }) => ({
      agent,
      kind: details.log.kind(event),
      object,
    }));
  }

  edgesAt(machine: Machine, agent: number): number {
    let mask = 0;
    for (const [at, stand] of this.edges.entries()) {
      const there =
        stand.agent === agent &&
        machine.pendingKind[agent] === stand.kind &&
        machine.pendingObject[agent] === stand.object;
      if (there) mask |= 1 << at;
    }
    return mask;
  }

  /** Whether a finding is what was predicted, wherever in the agents' code. */
  shownBy(found: Finding): boolean {
    return isShownBy(this.finding.kind, this.edges, found);
  }
}

/** Whether a finding that happened is a race or a deadlock of these agents. */
export function isShownBy(
  kind: string,
  sides: readonly { readonly agent: number; readonly object: number }[],
  found: Finding,
): boolean {
  if (found.kind !== kind || found.level !== 'happened') return false;
  const agents = new Set(found.parties.map(({ agent }) => agent));
  if (!sides.every(({ agent }) => agents.has(agent))) return false;
  if (kind === 'deadlock') return true;
  return found.parties.every(({ object }) => object === sides[0]!.object);
}
