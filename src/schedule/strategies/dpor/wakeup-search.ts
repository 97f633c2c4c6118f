import { Kind } from '../../../program/kinds.ts';
import type { Machine } from '../../../execute/machine.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { requirePending } from '../dfs.ts';
import { Ancestors, type InsertAbove } from './ancestors.ts';
import { Claims } from './claims.ts';
import { Footprints } from './footprints.ts';
import { HappensBefore } from './happens-before.ts';
import type { Parts } from './parts.ts';
import { numberedStep, plainForest, plainStep, type PlainStep } from './plain-steps.ts';
import { Reversals } from './reversals.ts';
import { longer, Steps } from './steps.ts';
import type { DporLink, DporPiece } from './piece.ts';
import { NodeAt, WakeupTrees } from './wakeup-trees.ts';

/**
 * Optimal dynamic partial order reduction with wakeup trees, by replay (Abdulla, Aronis, Jonsson,
 * Sagonas, "Source Sets: A Foundation for Optimal Dynamic Partial Order Reduction", JACM 64(4),
 * 2017).
 *
 * After each execution all of its races are looked at (`reversals.ts`); what must be run to have a
 * race the other way round waits in the wakeup tree of the depth at which the race begins. Trees
 * exist for the depths of the present execution only. What is left out is left out by sleep sets
 * (`claims.ts`), which are empty wherever the search chooses freely.
 *
 * It may run a piece of a search only, all that begins with a path of steps; `trunk.ts` says what
 * becomes of races with steps of the path, and why pieces together are the whole.
 */
export class WakeupSearch {
  /** Executions given up as all who could go were asleep; the theory says that there are none. */
  blocked = 0;
  private depth = 0;
  private readonly machine: Machine;
  private readonly parts: Parts;
  private readonly reversals: Reversals;
  private readonly piece: DporPiece | undefined;
  private readonly ancestors: Ancestors;

  /**
   * @param piece - what is to be run; default: the whole search
   * @param above - takes the sequences that belong to depths of the piece's path
   */
  constructor(machine: Machine, agents: number, piece?: DporPiece, above?: InsertAbove) {
    this.machine = machine;
    this.piece = piece;
    this.ancestors = new Ancestors(above);
    this.ancestors.floor = piece?.path.length ?? 0;
    const footprints = new Footprints();
    const steps = new Steps(machine.memory, footprints);
    this.parts = {
      steps,
      order: new HappensBefore(steps, footprints, agents),
      footprints,
      claims: new Claims(footprints),
      trees: new WakeupTrees(),
      ancestors: this.ancestors,
      pending: new Int32Array(64),
    };
    this.parts.claims.clear(0);
    this.reversals = new Reversals(this.parts);
  }

  /** Another execution begins; false: there is none. */
  begin(): boolean {
    this.depth = 0;
    return this.backtrack(this.parts);
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const { parts } = this;
    const { steps } = parts;
    const at = this.depth;
    if (at < steps.length) {
      const agent = steps.agent[at]!;
      const kind = steps.kind[at]!;
      const object = kind === Kind.retry ? machine.pendingObject[agent]! : steps.object[at]!;
      requirePending(machine, enabled, this.depth, agent, kind, object);
      this.depth++;
      return agent;
    }
    const row = this.piece?.path[at];
    const chosen =
      row === undefined
        ? this.chooseAnew(parts, enabled, current, machine)
        : this.follow(parts, row, enabled, machine);
    if (chosen >= 0) this.depth++;
    return chosen;
  }

  /** The execution is over. */
  end(): void {
    this.reversals.reverseAll(this.machine);
  }

  /** Sequences waiting to be run, in steps: now, and at the most. */
  get waiting(): { readonly now: number; readonly most: number } {
    const { count, countMax } = this.parts.trees;
    return { now: count, most: countMax };
  }

  give(): readonly DporLink[] | undefined {
    const { parts } = this;
    for (let at = this.ancestors.floor; at < parts.steps.length; at++) {
      if (parts.pending[at] === 0) continue;
      const links = this.links(parts, at);
      this.ancestors.floor = at + 1;
      return links;
    }
    return undefined;
  }

  rest(): readonly DporLink[] | undefined {
    const { parts } = this;
    for (let at = parts.steps.length - 1; at >= this.ancestors.floor; at--) {
      if (parts.pending[at] !== 0) return this.links(parts, at);
    }
    return undefined;
  }

  /** The depths that are its own, down to this one. */
  private links(parts: Parts, to: number): DporLink[] {
    const { claims, steps, footprints, trees, pending } = parts;
    const links: DporLink[] = [];
    for (let at = this.ancestors.floor; at <= to; at++) {
      const sleepers = claims.sleepers(at);
      links.push({
        elders: sleepers.map((sleeper) => plainStep(sleeper, footprints)),
        step: plainStep(steps.numbered(at), footprints),
        younger: plainForest(trees, pending[at]!, footprints),
      });
    }
    return links;
  }

  /** A step of the path, made for the first time. Nobody sleeps after the last of them. */
  private follow(parts: Parts, row: PlainStep, enabled: number, machine: Machine): number {
    const { steps, order, claims, footprints } = parts;
    const at = this.depth;
    const { agent, kind, object } = numberedStep(row, footprints);
    const place = kind === Kind.retry ? machine.pendingObject[agent]! : object;
    requirePending(machine, enabled, this.depth, agent, kind, place);
    if (at + 1 >= parts.pending.length) parts.pending = longer(parts.pending);
    parts.pending[at] = 0;
    parts.pending[at + 1] = 0;
    steps.push(machine, agent);
    order.add();
    this.ancestors.know(parts, at, this.piece!.above[at]!);
    claims.clear(at + 1);
    return agent;
  }

  /** A step not made before: what the tree says, or whoever goes on most cheaply. */
  private chooseAnew(parts: Parts, enabled: number, current: number, machine: Machine): number {
    const { steps, trees, claims, order } = parts;
    const at = this.depth;
    if (at + 1 >= parts.pending.length) parts.pending = longer(parts.pending);
    const { pending } = parts;
    const asleep = claims.asleep[at]!;
    const node = pending[at]!;
    let chosen: number;
    if (node !== 0) {
      const { cells } = trees;
      chosen = cells[node + NodeAt.agent]!;
      const kind = cells[node + NodeAt.kind]!;
      const retries = kind === Kind.retry;
      const object = retries ? machine.pendingObject[chosen]! : cells[node + NodeAt.object]!;
      requirePending(machine, enabled, this.depth, chosen, kind, object);
      pending[at] = cells[node + NodeAt.next]!;
      pending[at + 1] = cells[node + NodeAt.child]!;
      trees.remove(node);
    } else {
      const free = enabled & ~asleep;
      if (free === 0) {
        this.blocked++;
        return -1;
      }
      chosen = current >= 0 && (free & (1 << current)) !== 0 ? current : firstOf(free);
      pending[at + 1] = 0;
    }
    steps.push(machine, chosen);
    order.add();
    claims.clear(at + 1);
    if (asleep !== 0) {
      const { object, last, access } = steps;
      const left = claims.after(at, asleep, chosen, object[at]!, last[at]!, access[at]!);
      claims.copy(at, left, at + 1);
    }
    return chosen;
  }

  /** The deepest depth that has something to run gives up what it has run. */
  private backtrack(parts: Parts): boolean {
    const { steps, pending, claims, order } = parts;
    for (let at = steps.length - 1; at >= this.ancestors.floor; at--) {
      if (pending[at] === 0) continue;
      claims.add(at, steps.agent[at]!, steps.object[at]!, steps.last[at]!, steps.access[at]!);
      steps.truncate(at);
      order.truncate(at);
      return true;
    }
    return false;
  }
}
