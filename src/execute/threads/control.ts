/**
 * The control block: one SharedArrayBuffer beside the arena, through which the coordinator and the
 * agents' threads speak. Everything is a 32-bit word; nothing else in Heddle knows these offsets.
 *
 *     | generation | stop | freeze | arrived | done | sequence | step | over | news | floor | ...
 *     | agent 0: state | waitKind | waitObject | operations | turn | logLength | ...
 *     | agent 1: ...
 *     | stripe 0: lock | futex | waiters | ...
 *     | ...
 *
 * Each line of the drawing is one cache line.
 */
import { agentCountMax, cacheLineWords } from '../../program/layout.ts';

export const ControlAt = {
  /** Counts iterations; agents wait for it to move. */
  generation: 0,
  /** 1: agents' threads return. */
  stop: 1,
  /** 1: agents stand still at their next operation, for good. */
  freeze: 2,
  /** Agents that have come to their first operation, or ended. */
  arrived: 3,
  /** Agents that have ended this iteration. */
  done: 4,
  /** Controlled threads: the number of the next logged operation. */
  sequence: 5,
  /** Controlled threads: steps of the schedule performed. */
  step: 6,
  /**
   * Controlled threads: 1 when the schedule is through; 2 when it names an agent that has ended.
   * Free threads: 1 when those that nobody has spawned are to leave.
   */
  over: 7,
  /** Counts what the coordinator waits for. */
  news: 8,
  /** Free threads: operations that begin from now on have numbers above this one. */
  floor: 9,
} as const;

export const AgentAt = {
  state: 0,
  /** Kind and object of the operation that the agent waits in; kind 0: it does not wait. */
  waitKind: 1,
  waitObject: 2,
  /** Operations performed: what the watchdog watches. */
  operations: 3,
  /** Controlled threads: 1 when it is the agent's turn. */
  turn: 4,
  /** Entries in the agent's log. */
  logLength: 5,
  /** What the operation that the agent waits in compares with. */
  waitArgument: 6,
  waitArgument2: 7,
  /** Free threads: the number of the agent's last operation. */
  clock: 8,
} as const;

/** What an agent's thread is about. */
export const AgentState = {
  idle: 0,
  running: 1,
  done: 2,
  failed: 3,
  frozen: 4,
  diverged: 5,
} as const;

export const StripeAt = { lock: 0, futex: 1, waiters: 2 } as const;

const agentsAt = cacheLineWords;
const stripeCount = 64;
const stripesAt = agentsAt + (agentCountMax + 1) * cacheLineWords;
const controlWords = stripesAt + stripeCount * cacheLineWords;

export function makeControl(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(controlWords * Int32Array.BYTES_PER_ELEMENT));
}

/** First word of an agent's cache line. */
export function agentLine(agent: number): number {
  return agentsAt + agent * cacheLineWords;
}

/** First word of the stripe that guards an object. */
export function stripeLine(object: number): number {
  return stripesAt + (object % stripeCount) * cacheLineWords;
}
