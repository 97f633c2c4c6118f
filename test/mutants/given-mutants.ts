import type { Mutant } from './mutant.ts';

/** Faults of what is asked of what the user gives, and of what is told or looked for at once. */
export const givenMutants: readonly Mutant[] = [
  {
    name: 'given: an option that there is not is overlooked',
    file: 'program/given.ts',
    from: 'if (keys.includes(key)) continue;',
    to: 'continue;',
    tests: ['cli/scenario-mistakes.test.ts'],
  },
  {
    name: 'given: a word takes half a number',
    file: 'program/given.ts',
    from: "if (typeof value !== 'number') return false;",
    to: "if (typeof value === 'number') return true;",
    tests: ['cli/scenario-mistakes.test.ts'],
  },
  {
    name: 'given: a budget without --confirm is ignored',
    file: 'cli/options.ts',
    from: "if (given.has('budget') && !confirms) {",
    to: "if (given.has('budget') && confirms) {",
    tests: ['cli/bad-input.test.ts'],
  },
  {
    name: 'given: rff wishes for operations that do not look',
    file: 'schedule/strategies/rff.ts',
    from: 'if (looksAt[kind] !== 0) this.meet(',
    to: 'this.meet(',
    tests: ['schedule/samplers.test.ts'],
  },
  {
    name: 'given: suspicions repeat races that were met',
    file: 'schedule/finding-collector.ts',
    from: '!isSuspicion(key) || !this.isProved(key)',
    to: 'this.byKey.size >= 0',
    tests: ['cli/explore.test.ts'],
  },
];
