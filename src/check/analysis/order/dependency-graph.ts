import { Mode } from '../../../trace/format/operation.ts';

/**
 * The order graph of lock classes, with lockdep's four kinds of dependencies (v5.10 on,
 * Documentation/locking/lockdep-design.rst, "Recursive read locks"): the held side is Exclusive or
 * Shared, the wanted side may overtake (R) or may not (N).
 */

/** The kinds as bits of a mask. */
export const DependencyKind = { SR: 1, ER: 2, SN: 4, EN: 8 } as const;

const exclusiveKinds = DependencyKind.ER | DependencyKind.EN;
const blockingKinds = DependencyKind.SN | DependencyKind.EN;
const allKinds = exclusiveKinds | blockingKinds | DependencyKind.SR;

/** Where a dependency was seen: `agent` took `lock` while holding `held`. */
export interface DependencySite {
  readonly agent: number;
  readonly held: number;
  readonly heldMode: number;
  readonly heldLine: number;
  readonly heldPlace: number;
  readonly heldIn: string;
  readonly lock: number;
  readonly mode: number;
  readonly line: number;
  readonly place: number;
  readonly in: string;
}

/** All dependencies from one class to another. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  kinds: number;
  /** Whether nothing was held in between. */
  direct: boolean;
  /** The first site of each kind. */
  readonly sites: { readonly kind: number; readonly site: DependencySite }[];
}

export function kindOf(heldMode: number, wantedMode: number): number {
  const exclusive = heldMode === Mode.write;
  if (wantedMode === Mode.recursiveRead) return exclusive ? DependencyKind.ER : DependencyKind.SR;
  return exclusive ? DependencyKind.EN : DependencyKind.SN;
}

/** A class that a search has reached, and how. */
export interface Reached {
  readonly class: number;
  /**
   * Forwards: whoever wants this class may overtake, so that only an exclusive holder blocks it.
   * Backwards: this class is held shared only, so that only who cannot overtake is blocked.
   */
  readonly weak: boolean;
  readonly parent: Reached | undefined;
  /** The edge from the parent, or to it where the search runs backwards. */
  readonly edge: Edge | undefined;
  /** Kinds of the edge that make the path strong. */
  readonly kinds: number;
}

export class DependencyGraph {
  readonly after: Map<number, Edge>[] = [];
  readonly before: Map<number, Edge>[] = [];
  edgeCount = 0;

  edge(from: number, to: number): Edge | undefined {
    return this.after[from]?.get(to);
  }

  /** Adds a kind of dependency. */
  add(from: number, to: number, kind: number, direct: boolean, site: DependencySite): void {
    let edge = this.edge(from, to);
    if (edge === undefined) {
      edge = { from, to, kinds: 0, direct: false, sites: [] };
      (this.after[from] ??= new Map()).set(to, edge);
      (this.before[to] ??= new Map()).set(from, edge);
      this.edgeCount++;
    }
    if ((edge.kinds & kind) === 0) edge.sites.push({ kind, site });
    edge.kinds |= kind;
    edge.direct ||= direct;
  }

  /**
   * Visits all classes that strong paths lead to, nearest first, the start included; what `found`
   * answers true for ends the search.
   *
   * The node of the search is the pair of class and weakness, not the class alone as in lockdep: a
   * strong path that comes to a class later, by another edge, is not lost.
   *
   * @param weak - of the start: see {@link Reached.weak}
   * @param skip - classes that neither match nor pass
   */
  search(
    backwards: boolean,
    start: number,
    weak: boolean,
    found: (reached: Reached) => boolean,
    skip: (lockClass: number) => boolean = () => false,
  ): Reached | undefined {
    const edges = backwards ? this.before : this.after;
    // Whoever may go anywhere may also go where a weak one may.
    const strongest = new Map<number, boolean>([[start, weak]]);
    const queue: Reached[] = [
      { class: start, weak, parent: undefined, edge: undefined, kinds: allKinds },
    ];
    const passable = backwards ? blockingKinds : exclusiveKinds;
    const strengthening = backwards ? exclusiveKinds : blockingKinds;
    for (let at = 0; at < queue.length; at++) {
      const reached = queue[at]!;
      if (skip(reached.class)) continue;
      if (found(reached)) return reached;
      for (const edge of edges[reached.class]?.values() ?? []) {
        const kinds = reached.weak ? edge.kinds & passable : edge.kinds;
        if (kinds === 0) continue;
        const next = backwards ? edge.from : edge.to;
        const nextWeak = (kinds & strengthening) === 0;
        const known = strongest.get(next);
        if (known === false || known === nextWeak) continue;
        strongest.set(next, nextWeak);
        queue.push({ class: next, weak: nextWeak, parent: reached, edge, kinds });
      }
    }
    return undefined;
  }
}

/** The edges of a path from where the search started, in the order in which they were walked. */
export function pathOf(reached: Reached): { edge: Edge; kinds: number }[] {
  const path: { edge: Edge; kinds: number }[] = [];
  for (let at: Reached | undefined = reached; at?.edge !== undefined; at = at.parent) {
    path.unshift({ edge: at.edge, kinds: at.kinds });
  }
  return path;
}
