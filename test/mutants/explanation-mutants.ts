import type { Mutant } from './mutants.ts';

const confirming = ['schedule/confirm.test.ts'];
const normalForms = ['schedule/normal-form.test.ts'];
const orderings = ['schedule/orderings.test.ts'];

/** Faults in what is made of a finding: whether it is confirmed, its normal form, its orderings. */
export const explanationMutants: readonly Mutant[] = [
  {
    name: 'confirming: nobody is delayed',
    file: 'schedule/strategies/directed.ts',
    from: 'if (this.passes[agent] === 0) delayed |= 1 << agent;',
    to: '',
    tests: confirming,
  },
  {
    name: 'confirming: any deadlock will do',
    file: 'schedule/lock-cycle-goal.ts',
    from: 'return signatureOf(edges.filter(({ from, to }) => from !== to)) === this.wanted;',
    to: 'return true;',
    tests: confirming,
  },
  {
    name: 'confirming: who waits in a queue is a side of its own',
    file: 'schedule/lock-cycle-goal.ts',
    from: 'edges.filter(({ from, to }) => from !== to)',
    to: 'edges',
    tests: confirming,
  },
  {
    name: 'confirming: a search that was cut off refutes',
    file: 'schedule/confirm.ts',
    from: "if (end === 'cutOff') this.uncertain = true;",
    to: '',
    tests: confirming,
  },
  {
    name: 'confirming: what was not found is refuted',
    file: 'schedule/confirm.ts',
    from: 'all.exhausted && !this.uncertain',
    to: '!this.uncertain',
    tests: confirming,
  },
  {
    name: 'normal form: steps that do not commute are swapped',
    file: 'schedule/step-order.ts',
    from: 'return !accessesCommute(access, otherAccess);',
    to: 'return false;',
    tests: normalForms,
  },
  {
    name: 'normal form: an agent has one step a turn',
    file: 'schedule/normal-form.ts',
    from: '    position++;\n',
    to: '    position++;\n    break;\n',
    tests: normalForms,
  },
  {
    name: 'normal form: is not replayed',
    file: 'schedule/normal-form.ts',
    from: 'sorted.fingerprint === record.fingerprint &&',
    to: '',
    tests: normalForms,
  },
  {
    name: 'orderings: nothing is dropped',
    file: 'schedule/orderings.ts',
    from: 'if (this.shownAlways(rest) > 0) kept = rest;',
    to: 'if (this.shownAlways(rest) > runsMax) kept = rest;',
    tests: orderings,
  },
  {
    name: 'orderings: what was not done yet is of no account',
    file: 'schedule/ordering-candidates.ts',
    from: '...pending(done, [...waiting(record, done), ...continued(program, record)]),',
    to: '',
    tests: orderings,
  },
  {
    name: 'orderings: no constraint ever lapses',
    file: 'schedule/strategies/constrained.ts',
    from: '(alive & (1 << agent)) === 0 || ',
    to: 'alive === 0 || ',
    tests: orderings,
  },
];
