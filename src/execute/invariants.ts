import type { CheckSet } from '../check/check-set.ts';
import type { Program } from './program.ts';

/** Reports those of a program's invariants for this moment that do not hold. */
export function checkInvariants(program: Program, when: 'step' | 'end', checks: CheckSet): void {
  for (const invariant of program.invariants) {
    if (invariant.when !== when || invariant.holds(program.world)) continue;
    const why = invariant.why?.(program.world) ?? '';
    checks.report({
      kind: 'invariant-violated',
      level: 'happened',
      title: `invariant violated: ${invariant.name}`,
      key: `invariant-violated ${invariant.name}`,
      event: checks.events - 1,
      parties: [],
      ...(why === '' ? {} : { hint: why }),
    });
  }
}
