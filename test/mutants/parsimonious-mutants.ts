import type { Mutant } from './mutants.ts';

const tests = ['schedule/dpor-random.test.ts', 'schedule/dpor-ways.test.ts'];
const divided = ['schedule/dpor-divided.test.ts'];
const folder = 'schedule/strategies/dpor/parsimonious';

/** Faults in `dpor` without trees: it leaves something out, or runs it twice. */
export const parsimoniousMutants: readonly Mutant[] = [
  {
    name: 'parsimonious dpor: every execution stands for what it has in it',
    file: `${folder}/closure.ts`,
    from: 'return this.waiters === 0 || this.follows(depth, from);',
    to: 'return true;',
    tests,
  },
  {
    name: 'parsimonious dpor: nobody is overtaken',
    file: `${folder}/overtakings.ts`,
    from: 'this.note(other, earlier, step);',
    to: '',
    tests,
  },
  {
    name: 'parsimonious dpor: an overtaking is not forgotten',
    file: `${folder}/overtakings.ts`,
    from: 'this.undoLength > 0 &&',
    to: 'this.undoLength > 1e9 &&',
    tests,
  },
  {
    name: 'parsimonious dpor: what was pinned counts as the scheduler’s choice in the end',
    file: `${folder}/closure.ts`,
    from: 'while (free > 0 && origin[free - 1] === free - 1) free--;',
    to: 'while (free > 0) free--;',
    tests,
  },
  {
    name: 'parsimonious dpor: who waits to the end could not have gone sooner',
    file: `${folder}/closure.ts`,
    from: 'if (this.couldStuck(agent, depth)) return false;',
    to: '',
    tests,
  },
  {
    name: 'parsimonious dpor: a race that came to nothing is never looked at again',
    file: `${folder}/open-races.ts`,
    from: 'if (race < end) this.open(race);',
    to: '',
    tests,
  },
  {
    name: 'parsimonious dpor: who is kept out by a step could not have come before it',
    file: `${folder}/latecomer.ts`,
    from: 'return !this.couldGo();\n  }',
    to: 'return false;\n  }',
    tests,
  },
  {
    name: 'parsimonious dpor: who waited to the end could not have come before anybody',
    file: `${folder}/reversals.ts`,
    from: 'this.stuck = cutOff ? 0 : this.machine.alive & ~this.machine.enabled;',
    to: 'this.stuck = 0;',
    tests,
  },
  {
    name: 'parsimonious dpor: what commutes is put before a step in any order',
    file: `${folder}/reversals.ts`,
    from: 'if (!this.inTurn(depth, last)) return;',
    to: '',
    tests,
  },
  {
    name: 'parsimonious dpor: who was kept out comes after what its own step came after',
    file: `${folder}/reversals.ts`,
    from: 'if (last !== late.step) return false;',
    to: 'last = late.step;',
    tests,
  },
  {
    name: 'parsimonious dpor: a step that was put before another one is reversed, too',
    file: `${folder}/reversals.ts`,
    from: 'beginnings.add(late.agent, late.kind, late.object, pinned);',
    to: 'beginnings.add(late.agent, late.kind, late.object, depth);',
    tests,
  },
  {
    name: 'parsimonious dpor: who had to let others go first is not the next',
    file: `${folder}/parsimonious-search.ts`,
    from: 'origin = beginnings.nextOrigin;',
    to: '',
    tests,
  },
  {
    name: 'divided dpor: beginnings that are left are not saved',
    file: 'schedule/strategies/dpor/dpor-division.ts',
    from: 'if (isBeginnings(rest)) pieces.push(rest);',
    to: 'if (isBeginnings(rest)) continue;',
    tests: divided,
  },
  {
    name: 'divided dpor: a beginning that was given away is run all the same',
    file: `${folder}/beginnings.ts`,
    from: 'this.bottom += size + 1;\n    if',
    to: 'if',
    tests: divided,
  },
  {
    name: 'retries: memory that goes lets nobody go on who has read in it',
    file: 'execute/machine.ts',
    from: 'for (let word = object + 1; word <= last; word++) {',
    to: 'for (let word = object + 1; word < 0; word++) {',
    tests,
  },
];
