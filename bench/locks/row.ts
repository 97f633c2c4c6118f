import { Histogram } from './histogram.ts';
import type { Share, ThreadResult } from './thread-messages.ts';

/** What one contender did with so many threads at a share of reads. */
export interface Row {
  readonly contender: string;
  readonly threads: number;
  readonly share: Share;
  /** Sections a second. */
  readonly perSecond: number;
  /** Sections a second of processor time. */
  readonly perCpuSecond: number;
  /** The slowest thread's sections to the fastest one's. */
  readonly minToMax: number;
  /** Jain's fairness index (Jain, Chiu, Hawe 1984): 1 if all had the same, 1/n if one had all. */
  readonly jain: number;
  /** Waits, in nanoseconds, of one section in eight. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** What went wrong instead. */
export interface BadRow {
  readonly contender: string;
  readonly threads: number;
  readonly share: Share;
  readonly problem: string;
}

export function rowOf(
  place: { readonly contender: string; readonly threads: number; readonly share: Share },
  results: readonly ThreadResult[],
  wallMs: number,
  cpuMs: number,
): Row {
  const counts = results.map(({ operations }) => operations);
  const sum = counts.reduce((all, count) => all + count, 0);
  const squares = counts.reduce((all, count) => all + count * count, 0);
  const waits = new Histogram();
  for (const result of results) waits.merge(result.waits);
  return {
    ...place,
    perSecond: (sum / wallMs) * 1000,
    perCpuSecond: (sum / cpuMs) * 1000,
    minToMax: Math.min(...counts) / Math.max(...counts),
    jain: (sum * sum) / (counts.length * squares),
    p50: waits.percentileNs(0.5),
    p99: waits.percentileNs(0.99),
    p999: waits.percentileNs(0.999),
  };
}
