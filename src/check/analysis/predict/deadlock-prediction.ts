import { Op } from '../../../trace/format/operation.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { DeadlockPattern, WaitNode } from './deadlock-pattern.ts';
import { Ideal, type Budget } from './ideal.ts';
import type { TraceStore } from './trace-store.ts';

/** A deadlock that a reordering reaches: each agent stands before one event, for ever. */
export interface PredictedDeadlock {
  readonly pattern: DeadlockPattern;
  /** The event that each node's agent never gets past. */
  readonly events: readonly number[];
  readonly ideal: Ideal;
}

/**
 * Sync-preserving deadlocks (Tunç and others, PLDI 2023, SPDOffline): for the events of a pattern,
 * the set of all that must happen before each can be next; if it holds none of them, executing it
 * in the order of the trace leads into the deadlock. If it holds one, that one and all before it
 * are out for every later choice, so each node's events are walked through once.
 *
 * A monitor's wait is taken to end when it likes (a spurious wake-up) where that helps a reordering
 * on its way, and to wait for a notification where the deadlock is.
 */
export class DeadlockPrediction {
  private readonly store: TraceStore;
  private readonly names: TraceNames;
  /** By lock: completions and notifications, ascending. */
  private readonly signals = new Map<number, number[]>();

  constructor(store: TraceStore, names: TraceNames) {
    this.store = store;
    this.names = names;
  }

  addSignal(index: number): void {
    const lock = this.store.object.at(index);
    const list = this.signals.get(lock);
    if (list === undefined) this.signals.set(lock, [index]);
    else list.push(index);
  }

  /** Forgets all. */
  clear(): void {
    this.signals.clear();
  }

  /** The first deadlock of a pattern; undefined if no sync-preserving reordering leads into one. */
  find(pattern: DeadlockPattern, budget: Budget): PredictedDeadlock | undefined {
    const ideal = new Ideal(this.store, this.names, budget);
    const at = pattern.map(() => 0);
    for (;;) {
      const events: number[] = [];
      for (const [side, node] of pattern.entries()) {
        const event = node.events[at[side]!];
        if (event === undefined) return undefined;
        events.push(event);
      }
      for (const event of events) ideal.reach(event);
      if (ideal.infeasible) return undefined;
      let moved = false;
      for (const [side, event] of events.entries()) {
        if (!ideal.has(event)) continue;
        at[side] = at[side]! + 1;
        moved = true;
      }
      if (moved) continue;
      const open = pattern.findIndex((_, side) => !this.holds(pattern, events, side, ideal));
      if (open === -1) return { pattern, events, ideal };
      at[open] = at[open]! + 1;
    }
  }

  /** Whether the agent of a node waits for ever: nobody outside of the ring can let it go on. */
  private holds(
    pattern: DeadlockPattern,
    events: readonly number[],
    side: number,
    ideal: Ideal,
  ): boolean {
    const node = pattern[side]!;
    if (node.op !== Op.await && node.op !== Op.conditionWait) return true;
    const { store } = this;
    const next = pattern[(side + 1) % pattern.length]!;
    const nextEvent = events[(side + 1) % pattern.length]!;
    const agents = new Set(pattern.map(({ agent }) => agent));
    const event = events[side]!;
    const begun = store.rowBefore(event);
    // What was given before the rows that are kept counts as there.
    const isBefore = store.signalledBefore.has(node.object);
    if (isBefore && (node.op === Op.await || begun === -1)) return false;
    let wakes = false;
    for (const signal of this.signals.get(node.object) ?? []) {
      const agent = store.agent.at(signal);
      if (agent === node.agent) continue;
      if (ideal.has(signal)) {
        // A completion stays; a notification reaches only who waits already.
        if (node.op === Op.await || signal > begun) return false;
        continue;
      }
      if (!agents.has(agent)) return false;
      wakes ||= agent === next.agent && store.local.at(signal) > store.local.at(nextEvent);
    }
    return wakes;
  }
}

/** What a node's agent waits for, in words. */
export function waitText(node: WaitNode, names: TraceNames): string {
  switch (node.op) {
    case Op.join:
      return `for ${names.agentName(node.object)} to end`;
    case Op.await:
      return `for the completion ${names.lockName(node.object)}`;
    case Op.conditionWait:
      return `to be notified on ${names.lockName(node.object)}`;
    default:
      return `for ${names.lockName(node.object)}`;
  }
}
