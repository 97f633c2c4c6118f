import type { Mutant } from './mutants.ts';

const tests = ['schedule/dpor.test.ts', 'schedule/dpor-random.test.ts'];
const states = ['schedule/states.test.ts'];

/** Faults in the searches that are to be complete: they leave something out, or do it twice. */
export const dporMutants: readonly Mutant[] = [
  {
    name: 'dpor: a failed try is a write',
    file: 'program/operation-table.ts',
    from: 'failed(kind, result, argument) ? accessFailedOf[kind]! : accessDoneOf[kind]!',
    to: 'failed(kind, result, argument) ? accessOf[kind]! : accessDoneOf[kind]!',
    tests,
  },
  {
    name: 'dpor: a failed try of a reader commutes with everything',
    file: 'program/operations/rw.ts',
    from: 'accessFailed: Access.watch,',
    to: 'accessFailed: Access.none,',
    tests,
  },
  {
    name: 'dpor: who waits to the end could not have gone before',
    file: 'schedule/strategies/dpor/reversals.ts',
    from: 'for (let left = stuck; left !== 0; left &= left - 1)',
    to: 'for (let left = 0; left !== 0; left &= left - 1)',
    tests,
  },
  {
    name: 'dpor: who waited races with the last step only that let it wait',
    file: 'schedule/strategies/dpor/happens-before.ts',
    from: 'this.meet(other, step, waits && !known)',
    to: 'this.meet(other, step, false)',
    tests,
  },
  {
    name: 'dpor: a writer waits for readers that need not have come',
    file: 'schedule/strategies/dpor/other-order.ts',
    from: '|| !this.thin(late)) return false;',
    to: '|| this.length >= 0) return false;',
    tests,
  },
  {
    name: 'dpor: a race is done with for good',
    file: 'schedule/strategies/dpor/happens-before.ts',
    from: 'if (this.settled[race]! >= length) this.settled[race] = -1;',
    to: 'if (this.settled[race]! > Infinity) this.settled[race] = -1;',
    tests,
  },
  {
    name: 'dpor: a race is never looked at again',
    file: 'schedule/strategies/dpor/reversals.ts',
    from: 'order.settled[race] = this.reverse(order.races[race]!);',
    to: 'order.settled[race] = Math.max(step, this.reverse(order.races[race]!));',
    tests,
  },
  {
    name: 'dpor: a sequence needs only the latecomer',
    file: 'schedule/strategies/dpor/reversals.ts',
    from: 'const needed = this.clock[steps.agent[step]!]! > step;',
    to: 'const needed = this.clock[steps.agent[step]!]! > step + 1000;',
    tests,
  },
  {
    name: 'dpor: a sequence goes into the tree to its first step only',
    file: 'schedule/strategies/dpor/reversals.ts',
    from: 'return this.asleep === 0;',
    to: 'return true;',
    tests,
  },
  {
    name: 'dpor: nobody wakes up',
    file: 'schedule/strategies/dpor/claims.ts',
    from: 'if (woken) left &= ~(rest & -rest);',
    to: 'if (woken && depth < 0) left &= ~(rest & -rest);',
    tests,
  },
  {
    name: 'dpor: the outcome in the other order is the one in this',
    file: 'schedule/strategies/dpor/other-order.ts',
    from: 'late.access = this.steps.tried(',
    to: 'void this.steps.tried(',
    tests,
  },
  {
    name: 'dpor: a retry follows nothing',
    file: 'schedule/strategies/dpor/footprints.ts',
    from: 'if (access !== Access.share && access !== Access.write) return false;',
    to: 'if (access !== Access.none) return false;',
    tests,
  },
  {
    name: 'dpor: a failure ends the execution for all',
    file: 'schedule/strategies/dpor.ts',
    from: 'readonly goesOn = true;',
    to: 'readonly goesOn = false;',
    tests,
  },
  {
    name: 'states: what agents have been answered does not matter',
    file: 'execute/histories.ts',
    from: 'if ((alive & (1 << agent)) === 0) continue;',
    to: 'if (alive !== 0) continue;',
    tests: states,
  },
  {
    name: 'states: words do not matter',
    file: 'execute/histories.ts',
    from: 'for (let at = 0; at < memory.length; at++) {',
    to: 'for (let at = 0; at < 0; at++) {',
    tests: states,
  },
];
