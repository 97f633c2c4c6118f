import { LayoutChanged } from '../execute/atomics/cells.ts';
import { CheckWorld } from '../execute/atomics/check-scenario.ts';
import { instantiate, type ProgramChoice } from '../execute/program.ts';
import type { Strategy } from '../execute/strategy.ts';
import type { Scenario } from '../program/scenario.ts';
import { explore, type Exploration, type ExploreOptions } from './explore.ts';
import { exploreStates } from './explore-states.ts';
import type { FindingRecord } from './finding-record.ts';
import { StateSearch } from './strategies/states.ts';

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
      const program = instantiate(scenario, choice);
      const made = strategy();
      const given: ExploreOptions = {
        ...rest,
        strategy: made,
        onFinding: (record: FindingRecord) => {
          if (told.has(record.fingerprint)) return;
          told.add(record.fingerprint);
          onFinding?.(record);
        },
      };
      if (made instanceof StateSearch && program.world instanceof CheckWorld) {
        const explored = await exploreStates(program, given, made.limitedTo.statesMax);
        if (explored !== undefined) return explored;
        const search = new StateSearch({ ...made.limitedTo, ended: 1 });
        return await explore(program, { ...given, strategy: search });
      }
      return await explore(program, given);
    } catch (error) {
      if (!(error instanceof LayoutChanged)) throw error;
    }
  }
}
