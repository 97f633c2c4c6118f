import type { Mutant } from './mutant.ts';

const tests = ['schedule/turns.test.ts'];
const turns = 'schedule/strategies/turns.ts';

/** Faults in the turns of agents, and in what a portfolio makes of them. */
export const turnsMutants: readonly Mutant[] = [
  {
    name: 'turns: an agent that goes round and round keeps its turn',
    file: turns,
    from: 'this.steps >= turnStepsMax ||',
    to: '',
    tests,
  },
  {
    name: 'turns: do not grow',
    file: turns,
    from: 'growing: { counts: always, length: (turn) => turn + 1 },',
    to: 'growing: { counts: always, length: () => 1 },',
    tests,
  },
  {
    name: 'turns: a load counts as a change',
    file: turns,
    from: 'accessOf[next] === Access.write || accessOf[next] === Access.share;',
    to: 'accessOf[next] !== Access.none;',
    tests,
  },
  {
    name: 'turns: a look ends none',
    file: turns,
    from: 'const looked = (last: number): boolean => looksAt[last] !== 0;',
    to: 'const looked = (last: number): boolean => looksAt[last] === 2;',
    tests,
  },
  {
    name: 'turns: begin the same whatever agents begin with',
    file: turns,
    from: 'const opening = (locks ? atLocks : atWords)[execution];',
    to: 'const opening = atLocks[execution];',
    tests,
  },
  {
    name: 'turns: a portfolio has them by the number of its own execution',
    file: 'schedule/strategies/portfolio.ts',
    from: "const number = name === 'turns' ? this.turnsMade++ : execution;",
    to: 'const number = execution;',
    tests: ['schedule/samplers.test.ts'],
  },
];
