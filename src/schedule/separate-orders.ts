import type { CheckSet } from '../check/check-set.ts';
import type { Level } from '../check/finding.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { Subject } from '../trace/subject.ts';

/** One side of an inversion whose sides were met in different executions. @public */
export interface SeparateSide {
  readonly agent: string;
  /** What it held, and what it asked for meanwhile. */
  readonly held: string;
  readonly wanted: string;
  /** The first execution in which it did, and its schedule. */
  readonly execution: number;
  readonly steps: RecordedSteps;
}

/**
 * A lock inversion that no single execution showed: each side was met, but never all of them
 * together, so that there is no schedule of it, and no finding. Lockdep would report it.
 *
 * @public
 */
export interface SeparateInversion {
  readonly title: string;
  /** `possible`, or `guarded` where a common lock keeps the sides apart. */
  readonly level: Level;
  readonly sides: readonly SeparateSide[];
}

/** Remembers which execution showed each lock dependency first. */
export class SeparateOrders {
  /** By the dependency's shape. */
  private readonly firsts: { readonly execution: number; readonly steps: RecordedSteps }[] = [];

  /**
   * An execution is over.
   *
   * @param steps - makes its schedule; asked only if a dependency is new
   */
  take(checks: CheckSet, execution: number, steps: () => RecordedSteps): void {
    if (checks.lockShapes === this.firsts.length) return;
    const first = { execution, steps: steps() };
    while (this.firsts.length < checks.lockShapes) this.firsts.push(first);
  }

  inversions(checks: CheckSet, subject: Subject): SeparateInversion[] {
    return checks.separateLockCycles().map(({ title, level, sides }) => ({
      title,
      level,
      sides: sides.map(({ shape, dependency: { agent, from, to } }) => ({
        agent: subject.agentNames[agent]!,
        held: subject.name(from.object),
        wanted: subject.name(to),
        ...this.firsts[shape]!,
      })),
    }));
  }
}
