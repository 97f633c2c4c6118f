import { bucketCount, bucketsOf, StatisticAt, statisticsOf } from './layout.ts';
import { percentilesOf, type Percentiles } from './histogram.ts';

/** What the agents of one role have done so far. @public */
export interface RoleStatistics {
  readonly role: 'writers' | 'readers';
  readonly agents: number;
  /** Acquisitions in all, and of the agents with most and fewest. */
  readonly total: number;
  readonly max: number;
  readonly min: number;
  /**
   * Jain's index of fairness over the agents' acquisitions (Jain, Chiu, Hawe, DEC-TR-301, 1984):
   * from 1 / agents, where one has them all, to 1, where all have as many.
   */
  readonly fairness: number;
  /** Attempts that ended without the lock: time limits, and readers whose writer died. */
  readonly timedOut: number;
  /** Acquisitions of writers that waited longer than `acq_writer_lim`. */
  readonly overLimit: number;
  /** Acquisitions from one who died. */
  readonly ownerDied: number;
  /** Milliseconds; undefined before the first acquisition. */
  readonly waits: Percentiles | undefined;
  readonly holds: Percentiles | undefined;
}

/**
 * Adds up what the agents have noted.
 *
 * @param first - place of the role's first agent
 */
export function statisticsOfRole(
  role: RoleStatistics['role'],
  numbers: Float64Array,
  first: number,
  agents: number,
): RoleStatistics {
  const places = Array.from({ length: agents }, (_, at) => first + at);
  const all = (at: number): number[] => places.map((place) => numbers[statisticsOf(place) + at]!);
  const acquired = all(StatisticAt.acquired);
  const total = sum(acquired);
  const squares = sum(acquired.map((value) => value * value));
  const times = (of: 'waits' | 'holds'): Percentiles | undefined => {
    const counts = new Float64Array(bucketCount);
    for (const place of places) {
      const at = bucketsOf(place, of);
      for (let bucket = 0; bucket < bucketCount; bucket++) counts[bucket]! += numbers[at + bucket]!;
    }
    return percentilesOf(counts);
  };
  return {
    role,
    agents,
    total,
    max: Math.max(...acquired),
    min: Math.min(...acquired),
    fairness: total === 0 ? 1 : (total * total) / (agents * squares),
    timedOut: sum(all(StatisticAt.timedOut)),
    overLimit: sum(all(StatisticAt.overLimit)),
    ownerDied: sum(all(StatisticAt.ownerDied)),
    waits: times('waits'),
    holds: times('holds'),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}
