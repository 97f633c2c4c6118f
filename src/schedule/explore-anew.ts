import { LayoutChanged } from '../execute/atomics/cells.ts';
import { instantiate, type ProgramChoice } from '../execute/program.ts';
import type { Strategy } from '../execute/strategy.ts';
import type { Scenario } from '../program/scenario.ts';
import { explore, type Exploration, type ExploreOptions } from './explore.ts';

/** What is explored by a strategy that may have to begin anew. */
export type AnewOptions = Omit<ExploreOptions, 'strategy'> & {
  /** Makes a strategy that has explored nothing yet. */
  readonly strategy: () => Strategy;
};

/**
 * Lays a scenario out and explores it; once more from the beginning when its layout turns out to be
 * another one, as may be with `heddle check`. A finding is told once.
 */
export async function exploreAnew(
  scenario: Scenario,
  choice: ProgramChoice,
  options: AnewOptions,
): Promise<Exploration> {
  const told = new Set<string>();
  const { strategy, onFinding, ...rest } = options;
  for (;;) {
    try {
      return await explore(instantiate(scenario, choice), {
        ...rest,
        strategy: strategy(),
        onFinding: (record) => {
          if (told.has(record.fingerprint)) return;
          told.add(record.fingerprint);
          onFinding?.(record);
        },
      });
    } catch (error) {
      if (!(error instanceof LayoutChanged)) throw error;
    }
  }
}
