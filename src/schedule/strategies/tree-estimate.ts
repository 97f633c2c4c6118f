import type { Progress } from '../../execute/strategy.ts';
import { ProbeMean } from './probe-mean.ts';

/** Probes beyond what has been run from which on they say more than what has been run. */
const probesMin = 10;

/** How much smaller the part of the line of each child is than that of the one before it. */
const falling = 0.5;

/**
 * The part of a node's line that its child of this number has. With sleep sets the subtrees become
 * smaller from child to child, as more agents are asleep; equal parts would make the estimate vary
 * more than it need.
 */
export function partOf(index: number, degree: number, equal: boolean): number {
  if (equal || degree === 1) return 1 / degree;
  return (falling ** index * (1 - falling)) / (1 - falling ** degree);
}

/**
 * How many executions a search tree has, estimated: all that the search begins, those included that
 * it gives up because an equivalent one is run. (The ones that it runs to their end alone cannot be
 * estimated so: with sleep sets they may be one in a hundred, and most probes would meet none.)
 *
 * A tree is laid out on the line from 0 to 1: its root has all of it, and a node's children have
 * parts of the node's (`partOf`), in the order in which the search takes them. A leaf of width w
 * stands for 1/w leaves like it, so that a probe which descends to a point drawn evenly is an
 * unbiased estimate of their number (Knuth, "Estimating the Efficiency of Backtrack Programs",
 * Mathematics of Computation 29, 1975, Theorem 1). What the search has done is the line up to
 * `share`: there the leaves are counted, and only the probes beyond it matter.
 *
 * Without probes it is the weighted backtrack estimator (Kilby, Slaney, Thiébaux, Walsh,
 * "Estimating Search Tree Size", AAAI 2006): finished leaves over the share of the line that they
 * have. It assumes that the rest is like what came first; how far off it is cannot be told.
 */
export class TreeEstimate {
  /** Part of the line whose leaves have been run. */
  share = 0;
  /** Leaves in it. */
  leaves = 0;
  private readonly positions: number[] = [];
  private readonly values: number[] = [];
  /** Where the line began of which the probes are drawn. */
  private from = 0;

  /** A leaf of the search is finished. */
  finish(width: number): void {
    this.share += width;
    this.leaves++;
  }

  /** Forgets the probes; new ones are drawn beyond what has been run. Gives where that begins. */
  drawAgain(): number {
    this.positions.length = 0;
    this.values.length = 0;
    this.from = Math.min(this.share, 1);
    return this.from;
  }

  /** A probe has come to a leaf. */
  probe(position: number, width: number): void {
    this.positions.push(position);
    this.values.push(1 / width);
  }

  get probes(): number {
    return this.values.length;
  }

  progress(): Progress {
    const share = Math.min(this.share, 1);
    let beyond = 0;
    let sum = 0;
    let squares = 0;
    let largest = 0;
    for (let i = 0; i < this.values.length; i++) {
      if (this.positions[i]! < share) continue;
      const value = this.values[i]! * (1 - this.from);
      beyond++;
      sum += value;
      largest = Math.max(largest, value);
      squares += value * value;
    }
    if (beyond < probesMin) {
      const executions = share > 0 ? this.leaves / share : undefined;
      return { share: this.shareOf(executions), executions, spread: undefined };
    }
    const count = this.values.length;
    const mean = sum / count;
    const variance = Math.max(0, squares / count - mean * mean) * (count / (count - 1));
    const executions = this.leaves + mean;
    // The values have a long tail: two more like the largest must not come as a surprise.
    return {
      share: this.shareOf(executions),
      executions,
      spread: 2 * Math.sqrt(variance / count) + (2 * largest) / count,
    };
  }

  /**
   * How far a search is that has run so many executions anywhere in the tree, by the probes of all
   * of it; there must be no others.
   */
  progressOf(run: number): Progress {
    const all = new ProbeMean();
    for (const value of this.values) all.add(value);
    return all.progress(run);
  }

  /** The share of executions: not that of the line, whose parts are not alike. */
  private shareOf(executions: number | undefined): number {
    return executions === undefined || executions === 0 ? 0 : this.leaves / executions;
  }
}
