import { Kind } from '../../../program/kinds.ts';
import { RwAt } from '../../../program/layout.ts';
import { Access, accessOf, enabledOf } from '../../../program/operation-table.ts';
import { UserError } from '../../../program/errors.ts';
import type { Machine } from '../../../execute/machine.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { isRegion, type ClassEvents, type Doing } from './class-events.ts';
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
export function rankOf(
  events: ClassEvents,
  { pendingKind, pendingObject, memory }: Machine,
  agent: number,
): number {
  const kind = pendingKind[agent]!;
  if (kind === Kind.retry) {
    throw new UserError(
      `the equivalence "${events.equivalence}" knows no retry loops: explore this by dpor's own, ` +
        '`--equivalence traces`',
    );
  }
  if (accessOf[kind] === Access.none || isRegion(kind)) return Rank.free;
  if (events.isWord(kind)) {
    if (kind === Kind.write || kind === Kind.store) return Rank.free;
    return kind === Kind.waitUntil ? Rank.wait : Rank.view;
  }
  if (enabledOf[kind] === undefined) return Rank.view;
  if (kind === Kind.writeAcquire) {
    return memory[pendingObject[agent]! + RwAt.queues] === 0 ? Rank.writer : Rank.view;
  }
  return kind === Kind.drain ? Rank.drain : Rank.first;
}

/** The operation that the agent is at. */
export function pendingOf(events: ClassEvents, machine: Machine, agent: number): Doing {
  return {
    agent,
    index: events.counts[agent]!,
    kind: machine.pendingKind[agent]!,
    object: machine.pendingObject[agent]!,
    argument: machine.pendingArgument[agent]!,
    argument2: machine.pendingArgument2[agent]!,
  };
}

/** Operations that wait for a word's value. */
export function waiting(events: ClassEvents, machine: Machine): Doing[] {
  const found: Doing[] = [];
  for (let left = machine.alive; left !== 0; left &= left - 1) {
    const agent = firstOf(left);
    if (machine.pendingKind[agent] === Kind.waitUntil) {
      found.push(pendingOf(events, machine, agent));
    }
  }
  return found;
}
