import { Kind } from '../../../program/kinds.ts';
import { RwAt } from '../../../program/layout.ts';
import { Access, accessOf, enabledOf } from '../../../program/operation-table.ts';
import type { Machine } from '../../../execute/machine.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { type ClassEvents } from './class-events.ts';
import { isRegion } from './compared-words.ts';
import type { Doing } from './doing.ts';
import type { Barred } from './class-node.ts';
import { mayChange, sharesOf } from './lock-children.ts';

/** In which order agents go that make a choice: what may have to wait goes last. */
export const Rank = { free: 0, view: 1, first: 2, wait: 3, writer: 4, drain: 5, none: 6 } as const;

/** Who goes on where the search chooses freely: who makes no choice, then who never waits. */
export function pick(
  events: ClassEvents,
  machine: Machine,
  enabled: number,
  current: number,
  barred: Barred,
): number {
  let best = -1;
  let rank: number = Rank.none;
  for (let left = enabled; left !== 0; left &= left - 1) {
    const agent = firstOf(left);
    if (isBarred(events, machine, agent, barred)) continue;
    const mine = rankOf(events, machine, agent);
    if (mine < rank || (mine === rank && agent === current)) {
      best = agent;
      rank = mine;
    }
  }
  return best;
}

/** Whether the agent may not go on in this part of the search. */
export function isBarred(
  events: ClassEvents,
  { pendingKind, pendingObject }: Machine,
  agent: number,
  { agents, bars }: Barred,
): boolean {
  if ((agents & (1 << agent)) !== 0) return true;
  const object = pendingObject[agent]!;
  const kind = pendingKind[agent]!;
  return bars.some((bar) => {
    if (bar.object !== object || (bar.agent >= 0 && bar.agent !== agent)) return false;
    if (bar.agent >= 0 ? kind !== Kind.drain : !mayChange(kind)) return false;
    return sharesOf(events, object) <= bar.shares;
  });
}

/** In which rank the agent is. */
export function rankOf(events: ClassEvents, machine: Machine, agent: number): number {
  const kind = machine.pendingKind[agent]!;
  const object = machine.pendingObject[agent]!;
  if (kind === Kind.retry) {
    // What has changed has changed: a retry that can go can always go.
    return machine.turnOf(agent).reads.length === 0 ? Rank.free : Rank.view;
  }
  if (accessOf[kind] === Access.none || isRegion(kind)) return Rank.free;
  if (events.isWord(kind, object, machine.pendingArgument[agent]!)) {
    if (kind === Kind.write || kind === Kind.store) return Rank.free;
    return kind === Kind.waitUntil ? Rank.wait : Rank.view;
  }
  if (enabledOf[kind] === undefined) return Rank.view;
  if (kind === Kind.writeAcquire) {
    return machine.memory[object + RwAt.queues] === 0 ? Rank.writer : Rank.view;
  }
  return kind === Kind.drain ? Rank.drain : Rank.first;
}

/** A retry that waits to the end might have gone in another order of what its turn has read. */
export function noteRetries(events: ClassEvents, machine: Machine): void {
  for (let left = machine.alive; left !== 0; left &= left - 1) {
    const agent = firstOf(left);
    if (machine.pendingKind[agent] !== Kind.retry) continue;
    const doing = events.pending(machine, agent);
    events.words.note(doing, events.objectsOf(doing));
  }
}

/** Operations that wait for a word's value. */
export function waiting(events: ClassEvents, machine: Machine): Doing[] {
  const found: Doing[] = [];
  for (let left = machine.alive; left !== 0; left &= left - 1) {
    const agent = firstOf(left);
    if (machine.pendingKind[agent] === Kind.waitUntil) {
      found.push(events.pending(machine, agent));
    }
  }
  return found;
}
