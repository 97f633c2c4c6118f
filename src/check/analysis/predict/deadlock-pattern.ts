import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { Budget } from './ideal.ts';
import { conflicting } from './event-row.ts';
import type { EventSetting } from './event-setting.ts';
import type { HeldLockMode } from './held-sets.ts';
import type { TraceStore } from './trace-store.ts';
import { WaitGraph } from './wait-graph.ts';
import { WaitScreen } from './wait-screen.ts';

/**
 * Waits of one agent that look alike: for the same thing, holding the same. A node of the abstract
 * lock graph of SPDOffline (Tunç and others, PLDI 2023), which has acquisitions only; here an agent
 * may wait for another's end, for a completion and on a monitor as well.
 */
export interface WaitNode {
  readonly agent: number;
  /** {@link Op.acquire}, `join`, `await` or `conditionWait`. */
  readonly op: number;
  /** The lock; of `join` the agent. */
  readonly object: number;
  readonly mode: number;
  readonly heldSet: number;
  readonly held: readonly HeldLockMode[];
  /** Numbers in the store, ascending. */
  readonly events: number[];
}

/** Nodes that wait for each other in a ring: the first one's agent for the second one's ... */
export type DeadlockPattern = readonly WaitNode[];

/** Operations that may wait for another agent. */
const waitOps: readonly number[] = [Op.acquire, Op.join, Op.await, Op.conditionWait];

/** Collects the waits of a trace and enumerates the rings among them. */
export class WaitNodes {
  private readonly store: TraceStore;
  private readonly names: TraceNames;
  /** Waits for anything but a lock. */
  private others: number[] = [];
  private all: WaitNode[] = [];
  /** By agent, then by what is waited for while what is held. */
  private nodes: Map<number, WaitNode>[] = [];
  /** Agents whose completions or notifications others wait for, by lock. */
  private readonly wakers = new Map<number, Set<number>>();

  /** Whether there may be rings at all; undefined: nobody has looked. */
  private readonly screen: WaitScreen | undefined;

  /** @param screens - whether nothing is collected where lock classes are in no ring */
  constructor(store: TraceStore, names: TraceNames, screens: boolean) {
    this.store = store;
    this.names = names;
    this.screen = screens ? new WaitScreen(names) : undefined;
  }

  /** Shows an event that may wait, or end a wait; those that are no acquire are added, too. */
  see(event: TraceEvent, { held }: EventSetting): void {
    this.screen?.add(event, held);
  }

  /** Notes a wait for anything but a lock, a completion or a notification. */
  add(row: number): void {
    const { store } = this;
    const op = store.op.at(row);
    if (op !== Op.complete && op !== Op.conditionNotify) {
      this.others.push(row);
      return;
    }
    const object = store.object.at(row);
    const wakers = this.wakers.get(object) ?? new Set();
    this.wakers.set(object, wakers.add(store.agent.at(row)));
  }

  /** Rings of nodes of different agents, no two of which hold a lock that excludes both. */
  *patterns(budget: Budget): Generator<DeadlockPattern> {
    if (this.screen?.suspects === false) return;
    this.collect();
    const next = this.successors();
    for (const start of next.keys()) {
      yield* this.extend([start], next, budget);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.others = [];
    this.all = [];
    this.nodes = [];
    this.wakers.clear();
    this.screen?.clear();
  }

  /** Makes nodes of the waits that lie on a cycle, and of no others: these are few. */
  private collect(): void {
    const { store, others } = this;
    const graph = new WaitGraph(store, this.names.locks.length);
    // Who holds nothing is in nobody's way, except where others wait for its end or its signal.
    const withAgents = others.length > 0;
    const each = (visit: (row: number) => void): void => {
      for (const { acquires } of store.agents) {
        for (let at = 0; at < acquires.length; at++) {
          if (!store.tried(acquires.at(at))) visit(acquires.at(at));
        }
      }
      for (const row of others) visit(row);
    };
    each((row) => graph.add(row, withAgents));
    for (const [lock, agents] of this.wakers) {
      for (const agent of agents) graph.addWaker(lock, agent);
    }
    graph.close();
    each((row) => {
      if (graph.isInRing(row)) this.addNode(row);
    });
  }

  private addNode(row: number): void {
    const { store } = this;
    const op = store.op.at(row);
    const object = store.object.at(row);
    const agent = store.agent.at(row);
    const heldSet = store.held.at(row);
    const mode = store.lockMode(row);
    const key = ((heldSet * 2 ** 20 + object) * 4 + mode) * 4 + waitOps.indexOf(op);
    const nodes = (this.nodes[agent] ??= new Map());
    const known = nodes.get(key);
    if (known !== undefined) {
      known.events.push(row);
      return;
    }
    const held = store.heldSets.set(heldSet);
    // A lock taken again by who holds it is no wait for another.
    if (op === Op.acquire && held.some(({ lock }) => lock === object)) return;
    const node = { agent, op, object, mode, heldSet, held, events: [row] };
    nodes.set(key, node);
    this.all.push(node);
  }

  /** For each node those whose agents it may wait for. */
  private successors(): Map<WaitNode, WaitNode[]> {
    const { all } = this;
    const holders = new Map<number, WaitNode[]>();
    const byAgent = new Map<number, WaitNode[]>();
    const put = (map: Map<number, WaitNode[]>, key: number, node: WaitNode): void => {
      const list = map.get(key);
      if (list === undefined) map.set(key, [node]);
      else list.push(node);
    };
    for (const node of all) {
      put(byAgent, node.agent, node);
      for (const { lock } of node.held) put(holders, lock, node);
    }
    const next = new Map<WaitNode, WaitNode[]>();
    for (const node of all) {
      const list = (
        node.op === Op.acquire
          ? (holders.get(node.object) ?? []).filter(({ held }) =>
              held.some(({ lock, mode }) => lock === node.object && conflicting(mode, node.mode)),
            )
          : node.op === Op.join
            ? (byAgent.get(node.object) ?? [])
            : [...(this.wakers.get(node.object) ?? [])].flatMap((agent) => byAgent.get(agent) ?? [])
      ).filter((other) => other.agent !== node.agent);
      if (list.length > 0) next.set(node, list);
    }
    return next;
  }

  private *extend(
    chain: readonly WaitNode[],
    next: ReadonlyMap<WaitNode, readonly WaitNode[]>,
    budget: Budget,
  ): Generator<DeadlockPattern> {
    const [start] = chain;
    for (const node of next.get(chain.at(-1)!) ?? []) {
      budget.take(chain.length);
      if (node === start) {
        if (chain.length > 1) yield chain;
        continue;
      }
      // Each ring is met once: from its agent with the smallest number.
      if (node.agent <= start!.agent || !next.has(node)) continue;
      if (chain.some((other) => other.agent === node.agent || other.object === node.object)) {
        if (chain.some((other) => other.agent === node.agent)) continue;
        if (chain.some((other) => isSameWait(other, node))) continue;
      }
      if (chain.some((other) => this.store.heldSets.exclude(other.heldSet, node.heldSet))) {
        continue;
      }
      yield* this.extend([...chain, node], next, budget);
    }
  }
}

/** Two who wait for the same lock are not both needed in a ring. */
function isSameWait(one: WaitNode, other: WaitNode): boolean {
  return one.op === Op.acquire && other.op === Op.acquire && one.object === other.object;
}
