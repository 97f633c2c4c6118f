/** Times in nanoseconds, summed up. */
export interface TimesSummary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly total: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Steps of a power of two: percentiles are right to a sixteenth. */
const steps = 16;

/** Collects times without keeping them: percentiles come from a histogram of fixed size. */
export class Times {
  private count = 0;
  private total = 0;
  private min = Infinity;
  private max = 0;
  private readonly histogram = new Map<number, number>();

  add(time: number): void {
    if (!(time >= 0)) return;
    this.count++;
    this.total += time;
    this.min = Math.min(this.min, time);
    this.max = Math.max(this.max, time);
    const bucket = time < 1 ? 0 : 1 + Math.floor(Math.log2(time) * steps);
    this.histogram.set(bucket, (this.histogram.get(bucket) ?? 0) + 1);
  }

  summary(): TimesSummary | undefined {
    if (this.count === 0) return undefined;
    const { count, total, min, max } = this;
    return {
      count,
      min,
      mean: Math.round(total / count),
      max,
      total,
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
    };
  }

  /** The upper end of the bucket in which it lies, and never more than the greatest time. */
  private percentile(part: number): number {
    let left = Math.ceil(this.count * part);
    for (const [bucket, size] of [...this.histogram].sort(([one], [other]) => one - other)) {
      left -= size;
      if (left > 0) continue;
      const upper = bucket === 0 ? 0 : Math.ceil(2 ** (bucket / steps));
      return Math.max(this.min, Math.min(this.max, upper));
    }
    return this.max;
  }
}
