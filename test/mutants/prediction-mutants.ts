import type { Mutant } from './mutant.ts';

const races = ['check/trace-races.test.ts'];
const store = ['check/prediction.test.ts'];
const carried = ['schedule/predictions.test.ts'];

const predict = 'check/analysis/predict';

/** Faults of races in traces, of what predictions keep, and of how they are carried out. */
export const predictionMutants: readonly Mutant[] = [
  {
    name: 'traces: a read-modify-write does not see the plain write before it',
    file: 'check/analysis/races/race-checker.ts',
    from: '    if (reads) for (const cell of cells) this.see(cell, agent);',
    to: '    if (!writes) for (const cell of cells) this.see(cell, agent);',
    tests: races,
  },
  {
    name: 'traces: a plain write leaves what a marked one published',
    file: 'check/analysis/races/race-checker.ts',
    from: 'clocks.clock(agent), cell.published) : undefined;',
    to: 'clocks.clock(agent), cell.published) : cell.published;',
    tests: races,
  },
  {
    name: 'traces: forgotten copies of clocks keep their numbers',
    file: 'check/analysis/races/race-checker.ts',
    from: 'cell.writerKnew = renumbered(cell.writerKnew);',
    to: 'renumbered(cell.writerKnew);',
    tests: races,
  },
  {
    name: 'predictions: accesses before and after an acquire are one row',
    file: `${predict}/trace-store.ts`,
    from: '    own.calm = row + 1;',
    to: '',
    tests: store,
  },
  {
    name: 'predictions: what is held where a window begins is not held',
    file: `${predict}/trace-store.ts`,
    from: '        own.open.push(numbers[Field.object]!, row);\n        own.acquires.push(row);\n',
    to: '        own.open.push(numbers[Field.object]!, row);\n',
    tests: store,
  },
  {
    name: 'predictions: a window knows nothing of what was before it',
    file: `${predict}/trace-store.ts`,
    from: '      own.base = own.ticks;',
    to: '',
    tests: store,
  },
  {
    name: 'predictions: a word whose readers are in no order is no suspect',
    file: `${predict}/word-histories.ts`,
    from: '      if ((flags & Flag.readers) !== 0) flags |= Flag.unordered;',
    to: '      if ((flags & Flag.readers) !== 0) flags |= 0;',
    tests: store,
  },
  {
    name: 'predictions: the witness runs all that the execution ran',
    file: 'schedule/witness.ts',
    from: '    if (step < limits[agents[step]!]!) chosen.push(step);',
    to: '    chosen.push(step);',
    tests: carried,
  },
  {
    name: 'predictions: any deadlock shows what was predicted',
    file: 'schedule/prediction-goal.ts',
    from: "  if (found.kind !== kind || found.level !== 'happened') return false;",
    to: "  if (found.level !== 'happened') return true;",
    tests: carried,
  },
  {
    name: 'confirm: a search for a race that is not through refutes it',
    file: 'schedule/confirm.ts',
    from: 'all.exhausted && !this.uncertain',
    to: '!this.uncertain',
    tests: carried,
  },
];
