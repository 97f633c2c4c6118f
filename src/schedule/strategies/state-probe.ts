import type { Histories } from '../../execute/histories.ts';
import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import { Symmetry } from './symmetry.ts';
import { countOf, firstOf, type Progress, type Strategy } from '../../execute/strategy.ts';

/** Probes at a time, and steps of all probes after which there are no more. */
const probesMax = 2000;
const stepsMax = 200_000;
/** Fewer say nothing. */
const probesMin = 10;

/**
 * How many states there are at the least, by those that random executions come to: Chao's lower
 * bound for samples in which each species counts once (Biometrics 43, 1987, "Chao2", in its form
 * without bias), as executions come to a state once or never. With m executions, S states met, Q1
 * of them by one execution only and Q2 by two, it is S + (m - 1) / m * Q1 (Q1 - 1) / (2 (Q2 + 1)).
 *
 * How many there are in all cannot be told in this way: those that hardly any random execution
 * comes to leave no mark.
 */
export class StateEstimate {
  /** Probes so far. */
  count = 0;
  /** How many probes came to each state, up to 3. */
  private readonly times = new Map<number, number>();
  /** States by that number. */
  private readonly states = [0, 0, 0, 0];

  meet(state: number): void {
    const { times, states } = this;
    const before = times.get(state) ?? 0;
    if (before === 3) return;
    times.set(state, before + 1);
    states[before]!--;
    states[before + 1]!++;
  }

  /** States at the least; undefined if too little is known. */
  get atLeast(): number | undefined {
    const { count, times, states } = this;
    if (count < probesMin) return undefined;
    const [, once, twice] = states as [number, number, number];
    return times.size + (((count - 1) / count) * once * (once - 1)) / (2 * (twice + 1));
  }

  progress(met: number): Progress {
    const atLeast = this.atLeast;
    const far = { share: 0, executions: undefined, spread: undefined };
    return atLeast === undefined ? far : { ...far, states: { met, atLeast } };
  }
}

/** Random executions that note the states that they come to. */
export class StateProbe implements Strategy {
  readonly name = 'state-probe';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options: { readonly seed: number };
  private readonly estimate: StateEstimate;
  private readonly histories: Histories;
  private readonly symmetry: Symmetry | undefined;
  private readonly random = new Random();
  private readonly before: number;
  private steps = 0;

  /** @param merging - whether states that exchanges of agents make the same are one */
  constructor(seed: number, estimate: StateEstimate, histories: Histories, merging = false) {
    this.symmetry = merging ? new Symmetry(histories) : undefined;
    this.options = { seed };
    this.estimate = estimate;
    this.histories = histories;
    this.before = estimate.count;
  }

  begin(execution: number): boolean {
    const count = this.estimate.count - this.before;
    if (count >= probesMax || (count >= probesMin && this.steps >= stepsMax)) return false;
    this.random.seed(this.options.seed, this.before + execution);
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    attachHistories(machine, this.histories);
    const { symmetry } = this;
    symmetry?.take(machine);
    this.estimate.meet(symmetry?.key(machine) ?? stateOf(machine, this.histories));
    let left = enabled;
    for (let skip = this.random.below(countOf(enabled)); skip > 0; skip--) left &= left - 1;
    return firstOf(left);
  }

  end({ steps }: { readonly steps: number }): void {
    this.steps += steps;
    this.estimate.count++;
  }
}

/** The number of the state that the machine is in. */
export function stateOf({ memory, alive, stale, clock }: Machine, histories: Histories): number {
  return histories.key(memory, alive, stale, clock);
}

/** From the beginning of an execution on, the machine tells these histories what happens. */
export function attachHistories(machine: Machine, histories: Histories): void {
  if (machine.histories === histories) return;
  machine.histories = histories;
  let agents = 0;
  for (let alive = machine.alive; alive !== 0; alive >>>= 1) agents++;
  histories.begin(agents);
}
