import type { Machine } from '../../execute/machine.ts';
import { preempts } from './loose-replay.ts';

/** What a bounded search counts against its bound. */
export type BoundedBy = 'preemptions' | 'delays';

/** The agent that may go at no cost; -1: any may. */
export function freeAgent(
  by: BoundedBy,
  enabled: number,
  current: number,
  machine: Machine,
  agents: number,
): number {
  if (by === 'preemptions') return preempts(current, enabled, machine) ? current : -1;
  if (preempts(current, enabled, machine)) return current;
  // One that pauses has had its turn.
  return inTurn(enabled, current < 0 ? 0 : current + 1, agents);
}

/** What it costs that this agent is chosen. */
export function costOf(
  by: BoundedBy,
  free: number,
  chosen: number,
  enabled: number,
  agents: number,
): number {
  if (free < 0 || chosen === free) return 0;
  if (by === 'preemptions') return 1;
  // Those that could go and are passed over, from the one whose turn it is on.
  let passed = 0;
  for (let agent = free; agent !== chosen; agent = (agent + 1) % agents) {
    if ((enabled & (1 << agent)) !== 0) passed++;
  }
  return passed;
}

/** The first agent of a mask in the order of turns, from `begin` on; -1 if there is none. */
export function inTurn(mask: number, begin: number, agents: number): number {
  for (let i = 0; i < agents; i++) {
    const agent = (begin + i) % agents;
    if ((mask & (1 << agent)) !== 0) return agent;
  }
  return -1;
}
