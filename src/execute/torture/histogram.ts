import { bucketCount } from './layout.ts';

/** Buckets to each doubling: a bucket's upper end is at most a fifth above its lower one. */
const perDoubling = 4;

/** The bucket of a time. Below a nanosecond counts as one. */
export function bucketOf(ms: number): number {
  const ns = ms * 1e6;
  if (ns <= 1) return 0;
  return Math.min(bucketCount - 1, Math.floor(Math.log2(ns) * perDoubling));
}

/** Times as a few percentiles, in milliseconds: each is its bucket's upper end. @public */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Percentiles of counted times; undefined if there are none. */
export function percentilesOf(counts: ArrayLike<number>): Percentiles | undefined {
  let all = 0;
  for (let at = 0; at < bucketCount; at++) all += counts[at]!;
  if (all === 0) return undefined;
  const upTo = (share: number): number => {
    let left = all * share;
    for (let at = 0; at < bucketCount; at++) {
      left -= counts[at]!;
      if (left <= 0) return 2 ** ((at + 1) / perDoubling) / 1e6;
    }
    return Infinity;
  };
  return { p50: upTo(0.5), p99: upTo(0.99), p999: upTo(0.999), max: upTo(1) };
}
