import type { Progress } from '../../execute/strategy.ts';

/** Probes from which on their spread says something. */
const probesMin = 10;

/** What independent probes say of a number that each of them estimates without bias. */
export class ProbeMean {
  count = 0;
  private sum = 0;
  private squares = 0;
  private largest = 0;

  add(value: number): void {
    this.count++;
    this.sum += value;
    this.squares += value * value;
    this.largest = Math.max(this.largest, value);
  }

  get mean(): number {
    return this.sum / this.count;
  }

  /** About two standard errors of the mean; undefined if there are too few probes to say. */
  get spread(): number | undefined {
    const { count, mean } = this;
    if (count < probesMin) return undefined;
    const variance = Math.max(0, this.squares / count - mean * mean) * (count / (count - 1));
    // The values have a long tail: two more like the largest must not come as a surprise. Without
    // any difference between them there is no such tail to be seen.
    const tail = variance > 1e-9 * mean * mean ? (2 * this.largest) / count : 0;
    return 2 * Math.sqrt(variance / count) + tail;
  }

  /** How far a search is that has run so many executions, anywhere in the tree. */
  progress(run: number): Progress {
    const { mean, spread } = this;
    if (spread === undefined) return { share: 0, executions: undefined, spread: undefined };
    if (run < mean) return { share: run / mean, executions: mean, spread };
    // It is known that there are as many as were run: what is left of the interval lies above.
    const most = mean + spread;
    if (run > most) return { share: 0, executions: undefined, spread: undefined };
    const executions = (run + most) / 2;
    return { share: run / executions, executions, spread: (most - run) / 2 };
  }
}
