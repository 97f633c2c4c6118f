import type { Machine } from '../../execute/machine.ts';
import { Random } from '../../execute/random.ts';
import { countOf, firstOf, type ExecutionOutcome, type Strategy } from '../../execute/strategy.ts';
import { preempts } from './loose-replay.ts';
import { partOf, type TreeEstimate } from './tree-estimate.ts';

/** Probes at least and at most; between, they end when the mean is known to a twentieth. */
const probesMin = 300;
const probesMax = 1000;
const spreadEnough = 0.1;
/** Steps of all probes after which there are no more. */
const stepsMax = 400_000;
/** Widths from here on are drawn anew: a point of the line has no more digits. */
const widthMin = 2 ** -30;

/** What decides the tree of a depth-first search. */
export interface ProbedSearch {
  readonly preemptions: number;
  readonly sleepSets: boolean;
}

/**
 * Random probes of a depth-first search's tree: executions that go down it to a point of its line
 * (`TreeEstimate`), with the sleep sets and the bound that the search would have there. They run
 * beside the search, which does not notice.
 */
export class DepthFirstProbe implements Strategy {
  readonly name = 'dfs-probe';
  readonly everyStep: boolean;
  readonly repeats = false;
  readonly options: { readonly seed: number };
  private readonly search: ProbedSearch;
  private readonly estimate: TreeEstimate;
  private readonly random = new Random();
  /** Where the part of the line begins of which points are drawn. */
  private readonly from: number;
  private steps = 0;
  /** Where on the node's own part of the line the point is. */
  private point = 0;
  private position = 0;
  private width = 1;
  private asleep = 0;
  private preemptions = 0;

  constructor(seed: number, search: ProbedSearch, estimate: TreeEstimate) {
    this.options = { seed };
    this.search = search;
    this.everyStep = search.sleepSets;
    this.estimate = estimate;
    this.from = estimate.drawAgain();
  }

  begin(execution: number): boolean {
    if (this.enough()) return false;
    this.random.seed(this.options.seed, execution);
    const drawn = (this.random.next() + this.random.next() / 2 ** 32) / 2 ** 32;
    this.point = this.from + (1 - this.from) * drawn;
    this.position = this.point;
    this.width = 1;
    this.asleep = 0;
    this.preemptions = 0;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const free = !preempts(current, enabled, machine);
    const open = this.openAt(enabled, free ? -1 : current);
    if (open === 0) return -1;
    const degree = countOf(open);
    const index = this.branch(degree);
    // The search begins with the agent that moved, then goes by their numbers.
    let left = open;
    let before = 0;
    let chosen = !free && (open & (1 << current)) !== 0 ? current : firstOf(left);
    for (let i = 0; i < index; i++) {
      left &= ~(1 << chosen);
      before |= 1 << chosen;
      chosen = firstOf(left);
    }
    if (!free && chosen !== current) this.preemptions++;
    if (this.search.sleepSets) this.settle(chosen, before, machine);
    return chosen;
  }

  end({ steps }: ExecutionOutcome): void {
    this.steps += steps;
    this.estimate.probe(this.position, this.width);
  }

  private openAt(enabled: number, current: number): number {
    const open = enabled & ~this.asleep;
    const { preemptions } = this.search;
    return current < 0 || this.preemptions < preemptions ? open : open & (1 << current);
  }

  /** Down to the child whose part of the line has the point; its number. */
  private branch(degree: number): number {
    if (degree === 1) return 0;
    // The digits of a point do not last for ever.
    if (this.width < widthMin) this.point = this.random.next() / 2 ** 32;
    const equal = !this.search.sleepSets;
    let index = 0;
    let part = partOf(0, degree, equal);
    while (index < degree - 1 && this.point >= part) {
      this.point -= part;
      part = partOf(++index, degree, equal);
    }
    this.point /= part;
    this.width *= part;
    return index;
  }

  /** Who is asleep after the chosen one's operation, its elder siblings among them. */
  private settle(chosen: number, before: number, machine: Machine): void {
    let after = 0;
    for (let left = this.asleep | before; left !== 0; left &= left - 1) {
      if (!machine.dependent(chosen, firstOf(left))) after |= left & -left;
    }
    this.asleep = after;
  }

  private enough(): boolean {
    const { probes } = this.estimate;
    if (probes >= probesMax || (probes >= 2 && this.steps >= stepsMax)) return true;
    if (probes < probesMin) return false;
    const { executions, spread } = this.estimate.progress();
    return spread !== undefined && spread <= spreadEnough * executions!;
  }
}
