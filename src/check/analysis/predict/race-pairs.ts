import { Mode, Op } from '../../../trace/format/operation.ts';
import { joined, makeClock, roomFor, type VectorClock } from '../races/vector-clock.ts';
import type { TraceStore } from './trace-store.ts';

/** All pairs of accesses that an order leaves unordered. */
export interface RacePairs {
  readonly pairs: number;
  readonly words: readonly number[];
}

/**
 * Counts all racing pairs of a small trace by the definition of happens-before (locks in the order
 * of the trace, fork, join), or of SHB (each read after the write that it sees, too), so that
 * numbers can be held against those of other tools.
 */
export function racePairs(store: TraceStore, seesWrites: boolean): RacePairs {
  const clocks: VectorClock[] = store.agents.map(() => makeClock());
  const released = new Map<number, VectorClock>();
  const readersReleased = new Map<number, VectorClock>();
  const wrote = new Map<number, VectorClock>();
  const accesses = new Map<number, number[]>();
  const words = new Set<number>();
  let pairs = 0;
  const learn = (agent: number, clock: VectorClock | undefined): void => {
    if (clock !== undefined) clocks[agent] = joined(clocks[agent]!, clock);
  };
  const judge = (index: number): void => {
    const word = store.object.at(index);
    const list = accesses.get(word) ?? [];
    const clock = clocks[store.agent.at(index)]!;
    for (const other of list) {
      if (!conflict(store, index, other)) continue;
      if ((clock[store.agent.at(other)] ?? 0) > store.local.at(other)) continue;
      pairs++;
      words.add(word);
    }
    accesses.set(word, [...list, index]);
  };
  for (let index = 0; index < store.length; index++) {
    const agent = store.agent.at(index);
    const object = store.object.at(index);
    const op = store.op.at(index);
    const shared = op === Op.acquire && store.lockMode(index) !== Mode.write;
    if (op === Op.acquire) learn(agent, released.get(object));
    if (op === Op.acquire && !shared) learn(agent, readersReleased.get(object));
    if (op === Op.await) learn(agent, released.get(object));
    if (op === Op.join) learn(agent, clocks[object]);
    const access = op === Op.read || op === Op.write || op === Op.readModifyWrite;
    if (access || op === Op.waitOn) judge(index);
    if (op === Op.read && seesWrites) learn(agent, wrote.get(object));
    const marked = store.isMarked(index);
    if (marked && op !== Op.write) learn(agent, wrote.get(-1 - object));
    clocks[agent] = roomFor(clocks[agent]!, agent);
    clocks[agent]![agent] = store.local.at(index) + 1;
    const now = clocks[agent]!;
    if (op === Op.fork) learn(object, now);
    if (op === Op.complete) released.set(object, joined(now.slice(), released.get(object) ?? now));
    if (op === Op.release) {
      const writing = store.heldSets
        .set(store.held.at(index))
        .some(({ lock, mode }) => lock === object && mode === Mode.write);
      const into = writing ? released : readersReleased;
      into.set(object, joined(now.slice(), into.get(object) ?? now));
    }
    if (store.isWrite(index)) wrote.set(object, now.slice());
    if (store.isWrite(index) && marked) wrote.set(-1 - object, now.slice());
  }
  return { pairs, words: [...words] };
}

function conflict(store: TraceStore, one: number, other: number): boolean {
  return (
    store.agent.at(one) !== store.agent.at(other) &&
    (store.isWrite(one) || store.isWrite(other)) &&
    !(store.isMarked(one) && store.isMarked(other)) &&
    store.start.at(one) < store.end.at(other) &&
    store.start.at(other) < store.end.at(one)
  );
}
