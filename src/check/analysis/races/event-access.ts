import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AgentState } from '../trace-state.ts';
import type { Access } from './last-accesses.ts';

/** Operations that races are about. */
export const racingOperations: readonly number[] = [
  Op.read,
  Op.write,
  Op.readModifyWrite,
  Op.waitOn,
  Op.acquire,
  Op.release,
  Op.downgrade,
  Op.fork,
  Op.join,
  Op.complete,
  Op.await,
  Op.assertExclusiveWriter,
  Op.assertExclusiveAccess,
  Op.retire,
  Op.revive,
];

/** Overwrites an access with that of an event. */
export function fill(access: Access, event: TraceEvent, agent: AgentState, tick: number): void {
  access.agent = event.agent;
  access.tick = tick;
  access.line = event.line;
  access.place = event.place;
  access.in = agent.calls.length === 0 ? '' : agent.calls.at(-1)!;
  access.held = agent.heldCopy();
}

export function accessOf(event: TraceEvent, agent: AgentState, tick: number): Access {
  const access: Access = { agent: 0, tick: 0, line: 0, place: 0, in: '', held: [] };
  fill(access, event, agent, tick);
  return access;
}

export function verbOf(writes: boolean, marked: boolean): string {
  return `${writes ? 'writes' : 'reads'}${marked ? ' (marked)' : ''}`;
}
