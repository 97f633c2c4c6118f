import type { Mutant } from './mutants.ts';

const livelocks = ['execute/livelock.test.ts'];
const starvation = ['execute/starvation.test.ts'];
const estimates = ['schedule/estimate.test.ts'];
const coverage = ['schedule/coverage.test.ts'];

/** Faults in estimates, coverage, livelocks and starvation. */
export const howFarMutants: readonly Mutant[] = [
  {
    name: 'livelocks: turns are not fair',
    file: 'execute/fair-turns.ts',
    from: 'if (this.last[agent]! < this.last[best]!) best = agent;',
    to: '',
    tests: livelocks,
  },
  {
    name: 'livelocks: whoever works in the round goes round, too',
    file: 'execute/cut-off.ts',
    from: 'if (!looks.has(agent)) busy |= 1 << agent;',
    to: '',
    tests: livelocks,
  },
  {
    name: 'livelocks: a round that came once comes for ever',
    file: 'execute/fair-turns.ts',
    from: 'times * period >= bounds.repeated',
    to: 'times >= 1',
    tests: livelocks,
  },
  {
    name: 'livelocks: whoever spun alone was never let, whatever it did then',
    file: 'execute/cut-off.ts',
    from: 'if (!record.sameStep(before, step)) return changed;',
    to: 'if (!record.sameStep(before, step)) return false;',
    tests: livelocks,
  },
  {
    name: 'starvation: whoever tries comes at good moments, too',
    file: 'execute/fair-turns.ts',
    from: 'if (ends) left &= ~(1 << agent);',
    to: '',
    tests: starvation,
  },
  {
    name: 'starvation: an agent may be left out for ever',
    file: 'execute/fair-turns.ts',
    from: 'const patience = 1000;',
    to: 'const patience = Infinity;',
    tests: starvation,
  },
  {
    name: 'starvation: who is let in now and then starves, too',
    file: 'execute/fair-turns.ts',
    from: 'object !== 0 && looksAt && !takes',
    to: 'object !== 0 && looksAt',
    tests: starvation,
  },
  {
    name: 'starvation: whoever cannot get what nobody takes starves, too',
    file: 'execute/cut-off.ts',
    from: '((changes.get(object) ?? 0) & busy) === 0',
    to: 'object === 0',
    tests: starvation,
  },
  {
    name: 'starvation: progress does not count',
    file: 'execute/cut-off.ts',
    from: 'let busy = progressed & movers;',
    to: 'let busy = 0;',
    tests: starvation,
  },
  {
    name: 'estimates: what has been run is counted among what is left',
    file: 'schedule/strategies/tree-estimate.ts',
    from: 'if (this.positions[i]! < share) continue;',
    to: '',
    tests: estimates,
  },
  {
    name: 'estimates: a probe forgets that its elder siblings are asleep',
    file: 'schedule/strategies/dfs-probe.ts',
    from: 'this.asleep | before',
    to: 'this.asleep',
    tests: estimates,
  },
  {
    name: 'coverage: what is beyond the memory of traces has been met before',
    file: 'schedule/coverage.ts',
    from: 'tracesOnce: beyond + traces',
    to: 'tracesOnce: traces',
    tests: coverage,
  },
];
