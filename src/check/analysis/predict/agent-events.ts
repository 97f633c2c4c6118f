import { makeClock, type VectorClock } from '../races/vector-clock.ts';
import { IntList } from './int-list.ts';

/** Rows of recent accesses that an agent remembers. A power of two. */
export const recentMax = 128;

/** An agent's events. Its events are counted from 0 in the trace: their *positions*. */
export interface AgentEvents {
  /** Rows, ascending. */
  readonly events: IntList;
  /** Rows of what it acquires. */
  readonly acquires: IntList;
  /** How many events it has had. */
  ticks: number;
  /** Of those, how many before the rows that are kept. */
  base: number;
  /** What must come before its next event: for every agent, how many of its events. */
  clock: VectorClock;
  /** Number of the copy of the clock; -1: it has changed since. */
  version: number;
  /** Which of its stacks of held locks has been looked at last, and its number. */
  heldVersion: number;
  heldSet: number;
  /** The function that it was in last, and the number of that. */
  call: string;
  callNumber: number;
  line: number;
  /** Rows from here on are of accesses with nothing but accesses between them and now. */
  calm: number;
  /** Rows of recent accesses, by word and by whether they write. */
  readonly recent: Int32Array;
  /** Acquires that it has not given back yet: lock and row in turn. */
  readonly open: number[];
}

export function makeAgentEvents(): AgentEvents {
  return {
    events: new IntList(),
    acquires: new IntList(),
    ticks: 0,
    base: 0,
    clock: makeClock(),
    version: -1,
    heldVersion: -1,
    heldSet: 0,
    call: '',
    callNumber: 0,
    line: 0,
    calm: 0,
    recent: new Int32Array(recentMax).fill(-1),
    open: [],
  };
}

/** Takes the last acquire of a lock out of those that are open; its row, -1 if there is none. */
export function takeOpen(open: number[], lock: number): number {
  for (let at = open.length - 2; at >= 0; at -= 2) {
    if (open[at] !== lock) continue;
    const row = open[at + 1]!;
    // As `splice`, which would make an array.
    for (let next = at + 2; next < open.length; next++) open[next - 2] = open[next]!;
    open.pop();
    open.pop();
    return row;
  }
  return -1;
}
