/**
 * Vector clocks: for every agent the last of its events that is known. An agent's own events are
 * counted one by one (ticks), not only where it publishes something: with write-to-read edges any
 * write may publish.
 */
export type VectorClock = Int32Array;

const smallest = 8;

/** A clock with room for so many agents. */
export function makeClock(agents: number = smallest): VectorClock {
  // Invariant: lengths are powers of two. Were a clock's own length doubled instead, two of
  // different lengths that learn from each other in turn would outgrow each other for ever.
  let length = smallest;
  while (length < agents) length *= 2;
  return new Int32Array(length);
}

/** The clock, or a longer copy, with room for this agent. */
export function roomFor(clock: VectorClock, agent: number): VectorClock {
  if (agent < clock.length) return clock;
  const longer = makeClock(agent + 1);
  longer.set(clock);
  return longer;
}

/** Joins one clock into another; the latter, or a longer copy. */
export function joined(into: VectorClock, from: VectorClock): VectorClock {
  const clock = roomFor(into, from.length - 1);
  for (let agent = 0; agent < from.length; agent++) {
    if (from[agent]! > clock[agent]!) clock[agent] = from[agent]!;
  }
  return clock;
}

/** Copies a clock into another that may be given up; the copy. */
export function copied(from: VectorClock, into: VectorClock | undefined): VectorClock {
  if (into === undefined || into.length < from.length) return from.slice();
  for (let agent = 0; agent < from.length; agent++) into[agent] = from[agent]!;
  if (into.length > from.length) into.fill(0, from.length);
  return into;
}

/** Whether an event is known to a clock. */
export function knows(clock: VectorClock, agent: number, tick: number): boolean {
  return agent < clock.length && clock[agent]! >= tick;
}
