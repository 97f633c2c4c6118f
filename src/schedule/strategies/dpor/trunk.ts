import type { Division, Plain, Task } from '../division.ts';
import { Footprints } from './footprints.ts';
import type { DporLink, DporPiece, Insertion, KnownDepth } from './piece.ts';
import {
  numberedStep,
  plainStep,
  type NumberedStep,
  type PlainForest,
  type PlainStep,
} from './plain-steps.ts';
import { parseTrunk, type SavedTrunk } from './trunk-format.ts';
import { eldersIn, nodeBelow, settle, type TrunkChild, type TrunkNode } from './trunk-node.ts';

/**
 * Optimal-DPOR divided among threads: the trunk of the tree that the search is, kept in one place.
 *
 * A thread has a *piece* for itself: a prefix of steps and all that begins with it. It gives some
 * away by making its prefix longer: the depths between go into the trunk, with their sleep sets and
 * wakeup trees, and the leaves of those can be taken by anybody, as pieces of their own. A race
 * whose earlier step lies within the prefix belongs to a tree of the trunk: its sequence is sent
 * here, unless what the thread knows of that tree covers it.
 *
 * Why this runs exactly what one thread runs. Children of a node have an order, in which they came
 * into the tree; whoever comes later has the *elder* ones for sleepers, besides those who sleep at
 * the node. That is settled when a child is put in, here and by one alone, and does not depend on
 * when anybody explores it.
 * - Nothing is run twice: of two equivalent executions the one through the younger sibling meets
 *   the elder one asleep.
 * - Nothing is given up: a sequence is put in only if no elder could begin it, and up to where
 *   nobody sleeps any more; pieces begin there.
 * - Nothing is missed. One thread looks at a race when all elders of the step that it is at are
 *   explored, and none of the younger; so a sequence that an elder could begin is dropped, and one
 *   that a younger sibling could begin goes down that one's tree, and is dropped only where the
 *   tree ends. Here the younger may be at work, or done. But a piece begins where nobody sleeps:
 *   all that begins with its prefix is explored below it, whatever others find, so that dropping a
 *   sequence which comes there is right at any time. In between, where somebody sleeps, are nodes
 *   of the trunk, which stay for as long as an elder may find a sequence that goes there. The proof
 *   of Optimal-DPOR (JACM 64(4), 2017, section 5) asks of the finished tree that for every race of
 *   every execution the reversed sequence can be begun by a sleeper or an elder, or leads to such a
 *   place; time it needs only for the order of siblings. Each execution's races are looked at, and
 *   nothing is taken out of a tree: so it is as there.
 */
export class Trunk implements Division {
  private readonly footprints = new Footprints();
  private readonly start: TrunkNode = { as: undefined, depth: -1, elders: [], children: [] };
  private readonly waiting = new Set<TrunkChild>();
  private readonly tasks = new Map<number, TrunkChild>();
  private count = 0;

  /** The whole search. */
  static begin(): Trunk {
    const trunk = new Trunk();
    trunk.add(trunk.start, undefined, true);
    return trunk;
  }

  /** @throws UserError if it is not of the form that `save` gives */
  static load(saved: Plain): Trunk {
    const { nodes, running } = parseTrunk(saved);
    const trunk = new Trunk();
    const all: TrunkNode[] = [];
    for (const [at, { elders, children }] of nodes.entries()) {
      const as = at === 0 ? undefined : all.at(nodes[at]!.of)!.children[nodes[at]!.as]!;
      const numbered = elders.map((one) => trunk.numbered(one));
      const node = as === undefined ? trunk.start : nodeBelow(as, numbered);
      for (const { step, whole, state } of children) {
        const child = trunk.add(node, step === null ? undefined : trunk.numbered(step), whole);
        child.state = state;
        if (state !== 'waiting') trunk.waiting.delete(child);
      }
      all.push(node);
    }
    for (const { node, child, rest } of running) {
      const task = trunk.count++;
      trunk.tasks.set(task, all[node]!.children[child]!);
      if (rest !== null) trunk.give(task, rest);
      trunk.done(task);
    }
    return trunk;
  }

  get running(): number {
    return this.tasks.size;
  }

  get waits(): boolean {
    return this.waiting.size > 0;
  }

  take(): Task | undefined {
    let taken: TrunkChild | undefined;
    for (const child of this.waiting) {
      if (taken === undefined || child.of.depth < taken.of.depth) taken = child;
    }
    if (taken === undefined) return undefined;
    this.waiting.delete(taken);
    taken.state = 'running';
    const task = this.count++;
    this.tasks.set(task, taken);
    return { task, piece: this.pieceOf(taken) };
  }

  give(task: number, share: Plain): void {
    let running = this.tasks.get(task)!;
    for (const { elders, step, younger } of share as readonly DporLink[]) {
      const numbered = elders.map((one) => this.numbered(one));
      const node = nodeBelow(running, numbered);
      // Nothing comes to it from elsewhere: all elders of a step that is at work are done.
      running = this.add(node, this.numbered(step), true);
      running.state = 'running';
      this.waiting.delete(running);
      this.plant(node, younger);
    }
    this.tasks.set(task, running);
  }

  putBack(task: number): void {
    const child = this.tasks.get(task)!;
    this.tasks.delete(task);
    child.state = 'waiting';
    this.waiting.add(child);
  }

  done(task: number): void {
    const child = this.tasks.get(task)!;
    this.tasks.delete(task);
    child.state = 'done';
    settle(child.of);
  }

  answer(task: number, question: Plain): Plain {
    const { depth, sequence } = question as Insertion;
    let own = this.tasks.get(task)!;
    while (own.of.depth > depth) own = own.of.as!;
    const rows = sequence.map((row) => this.numbered(row));
    const at = own.of.children.indexOf(own);
    if (!this.couldBegin(eldersIn(own.of, at), rows)) this.insert(own.of, at + 1, rows);
    return this.known(own);
  }

  save(rests: ReadonlyMap<number, Plain>): SavedTrunk {
    const nodes = [this.start];
    const places = new Map<TrunkNode, number>();
    // The list grows on the way.
    for (const node of nodes) {
      places.set(node, places.size);
      for (const child of node.children) if (child.node !== undefined) nodes.push(child.node);
    }
    const placeOf = ({ of }: TrunkChild): number => places.get(of)!;
    return {
      nodes: nodes.map(({ as, elders, children }) => ({
        of: as === undefined ? 0 : placeOf(as),
        as: as === undefined ? 0 : as.of.children.indexOf(as),
        elders: elders.map((one) => this.plain(one)),
        children: children.map(({ step, whole, state }) => {
          return { step: step === undefined ? null : this.plain(step), whole, state };
        }),
      })),
      running: [...this.tasks].map(([task, child]) => ({
        node: placeOf(child),
        child: child.of.children.indexOf(child),
        rest: (rests.get(task) as readonly DporLink[] | undefined) ?? null,
      })),
    } satisfies SavedTrunk;
  }

  private add(of: TrunkNode, step: NumberedStep | undefined, whole: boolean): TrunkChild {
    const child: TrunkChild = { of, step, whole, state: 'waiting', node: undefined };
    of.children.push(child);
    this.waiting.add(child);
    return child;
  }

  /** A new child, after which so many sleep. */
  private grow(of: TrunkNode, step: NumberedStep, ends: boolean): TrunkNode | undefined {
    const asleep = this.after(eldersIn(of, of.children.length), step);
    const child = this.add(of, step, ends || asleep.length === 0);
    if (child.whole) return undefined;
    this.waiting.delete(child);
    return nodeBelow(child, asleep);
  }

  /** Puts the trees of a thread into a node. */
  private plant(node: TrunkNode, forest: PlainForest): void {
    const path: (TrunkNode | undefined)[] = [node];
    for (const [i, [level, ...row]] of forest.entries()) {
      path.length = level! + 1;
      const ends = (forest[i + 1]?.[0] ?? 0) <= level!;
      path.push(this.grow(path[level!]!, this.numbered(row), ends));
    }
  }

  /** Goes down the trees from this child on, as far as the sequence is there, and adds the rest. */
  private insert(at: TrunkNode, from: number, sequence: readonly NumberedStep[]): void {
    let node = at;
    let first = from;
    const left = [...sequence];
    for (let i = first; i < node.children.length; i++) {
      const child = node.children[i]!;
      const place = this.placeOf(child.step!, left);
      if (place === undefined) continue;
      if (child.node === undefined || child.whole) return;
      if (place >= 0) left.splice(place, 1);
      node = child.node;
      first = 0;
      i = -1;
    }
    for (const [i, step] of left.entries()) {
      const below = this.grow(node, step, i === left.length - 1);
      if (below === undefined) return;
      node = below;
    }
  }

  /** Where the sequence has the step, if it could be the first; -1: it has it not, but commutes. */
  private placeOf(step: NumberedStep, sequence: readonly NumberedStep[]): number | undefined {
    for (const [i, one] of sequence.entries()) {
      if (one.agent === step.agent) return i;
      if (this.clash(one, step)) return undefined;
    }
    return -1;
  }

  /** Whether one of these could begin the sequence: then all that it stands for is explored. */
  private couldBegin(who: readonly NumberedStep[], sequence: readonly NumberedStep[]): boolean {
    return who.some((one) => this.placeOf(one, sequence) !== undefined);
  }

  /** Those who still sleep after the step. */
  private after(sleepers: readonly NumberedStep[], one: NumberedStep): readonly NumberedStep[] {
    return sleepers.filter((other) => other.agent !== one.agent && !this.clash(one, other));
  }

  private clash(one: NumberedStep, other: NumberedStep): boolean {
    const { object, last, access } = other;
    return this.footprints.clash(one.object, one.last, one.access, object, last, access);
  }

  private pieceOf(child: TrunkChild): DporPiece {
    const path: PlainStep[] = [];
    const above: KnownDepth[] = [];
    for (let own = child; own.of.as !== undefined; own = own.of.as) {
      path.push(this.plain(own.step!));
      above.push(this.known(own));
    }
    return { path: path.reverse(), above: above.reverse() };
  }

  /** What is to be known of a node by whoever is below this child of it. */
  private known(own: TrunkChild): KnownDepth {
    const { of } = own;
    const at = of.children.indexOf(own);
    const rows: number[][] = [];
    const open = of.children.slice(at + 1).map((child) => ({ child, level: 0 }));
    open.reverse();
    while (open.length > 0) {
      const { child, level } = open.pop()!;
      rows.push([level, ...this.plain(child.step!)]);
      if (child.whole || child.node === undefined) continue;
      const below = child.node.children.map((one) => ({ child: one, level: level + 1 }));
      open.push(...below.reverse());
    }
    return { elders: eldersIn(of, at).map((elder) => this.plain(elder)), younger: rows };
  }

  private numbered(plain: PlainStep): NumberedStep {
    return numberedStep(plain, this.footprints);
  }

  private plain(numbered: NumberedStep): PlainStep {
    return plainStep(numbered, this.footprints);
  }
}
