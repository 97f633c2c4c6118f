/**
 * The shared memory of a torture run beside the locks' own buffer.
 *
 *     control     | stop | pause | completed | ended | items | inside | round | ran |
 *                 | first | second |                     words that writers change together
 *                 | phase | inside | turns | leave | code | other | times |   one line an agent
 *     statistics  | acquired | timedOut | overLimit | ownerDied | heldMs |
 *                 | wait buckets | hold buckets |        one row of doubles an agent
 *
 * Each line of the first drawing is one cache line. Statistics are written by their agent alone and
 * may be a moment old for who reads them; they belong to the agent's place, so that they outlive
 * its thread.
 */
const lineWords = 16;

export const ControlAt = {
  /** 1: all agents end after what they are at. */
  stop: 0,
  /** 1: agents that hold nothing wait until it is 0 (stutter). */
  pause: 1,
  /** Completions: `complete` calls begun, and waits that ended. */
  completed: 2,
  ended: 3,
  /** Condition: items in the buffer. */
  items: 4,
  /** Semaphore: agents inside. */
  inside: 5,
  /** Barrier and once: rounds begun; once: the round whose function ran last. */
  round: 6,
  ran: 7,
  /** Barrier: arrivals in all. */
  arrived: 8,
  /** Two words that writers change together, on a line of their own. */
  first: lineWords as number,
  second: (lineWords + 1) as number,
} as const;

export const AgentAt = {
  phase: 0,
  /** What it is inside as: 0 not at all, 1 as a reader, 2 as a writer. */
  inside: 1,
  /** Counts turns; moves whenever the agent does. */
  turns: 2,
  /** 1: the agent ends after what it is at, though others go on. */
  leave: 3,
  /** Its first violation (`violations.ts`), the place of the other one, and how many. */
  code: 4,
  other: 5,
  times: 6,
} as const;

/** What an agent is about. */
export const Phase = { absent: 0, outside: 1, waiting: 2, inside: 3, paused: 4, ended: 5 } as const;

/** As what an agent is inside. */
export const Inside = { no: 0, reader: 1, writer: 2 } as const;

export const StatisticAt = {
  acquired: 0,
  timedOut: 1,
  overLimit: 2,
  ownerDied: 3,
  waits: 4,
} as const;

/** Buckets of a histogram of times (`histogram.ts`). */
export const bucketCount = 160;

const agentsAt = 2 * lineWords;
const statisticSize = StatisticAt.waits + 2 * bucketCount;

/** First word of an agent's line. */
export function agentLine(place: number): number {
  return agentsAt + place * lineWords;
}

/** First number of an agent's statistics. */
export function statisticsOf(place: number): number {
  return place * statisticSize;
}

/** First bucket of an agent's times: of waiting, or of holding. */
export function bucketsOf(place: number, of: 'waits' | 'holds'): number {
  return statisticsOf(place) + StatisticAt.waits + (of === 'waits' ? 0 : bucketCount);
}

export function makeControl(agents: number): SharedArrayBuffer {
  return new SharedArrayBuffer(agentLine(agents) * Int32Array.BYTES_PER_ELEMENT);
}

export function makeStatistics(agents: number): SharedArrayBuffer {
  return new SharedArrayBuffer(statisticsOf(agents) * Float64Array.BYTES_PER_ELEMENT);
}
