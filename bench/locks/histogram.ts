/** Buckets to each doubling. */
const perDoubling = 4;
const bucketCount = 160;
/** Nanoseconds of the first bucket. */
const firstNs = 1;

/** Times, in buckets that grow by a fifth, in plain numbers so that threads can send them. */
export class Histogram {
  readonly counts: number[];

  constructor(counts: readonly number[] = []) {
    this.counts = Array.from({ length: bucketCount }, (_, at) => counts[at] ?? 0);
  }

  addMs(ms: number): void {
    const ns = Math.max(firstNs, ms * 1e6);
    const bucket = Math.min(bucketCount - 1, Math.floor(Math.log2(ns / firstNs) * perDoubling));
    this.counts[bucket]!++;
  }

  merge(other: readonly number[]): void {
    for (const [at, count] of other.entries()) this.counts[at]! += count;
  }

  /** The time that this share of all does not exceed, as its bucket's upper end, in nanoseconds. */
  percentileNs(share: number): number {
    const all = this.counts.reduce((sum, count) => sum + count, 0);
    let left = all * share;
    for (const [at, count] of this.counts.entries()) {
      left -= count;
      if (left <= 0) return firstNs * 2 ** ((at + 1) / perDoubling);
    }
    return Infinity;
  }
}
