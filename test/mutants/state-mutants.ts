import type { Mutant } from './mutant.ts';

const tests = ['schedule/merged-search.test.ts'];
const states = 'execute/atomics/thread-states.ts';

/** Faults in the search of the states of threads. */
export const stateMutants: readonly Mutant[] = [
  {
    name: 'states: what a thread has been answered does not count',
    file: states,
    from: 'this.toggle(~agent, this.at[agent]!.number, this.kind[agent]!, 0);',
    to: 'this.toggle(~agent, this.at[agent]!.depth, this.kind[agent]!, 0);',
    tests,
  },
  {
    name: 'states: what a word holds does not count',
    file: states,
    from: 'this.toggle(object, memory[object]!, memory[object + CellAt.high]!,',
    to: 'this.toggle(object, 0, memory[object + CellAt.high]!,',
    tests,
  },
  {
    name: 'states: the order in which threads wait does not count',
    file: states,
    from: 'this.toggle(object + CellAt.first + agent, before, 0, 0);',
    to: 'this.toggle(object + CellAt.first + agent, Math.min(before, 0), 0, 0);',
    tests,
  },
  {
    name: 'states: what a thread returns does not count',
    file: 'execute/atomics/thread-behaviour.ts',
    from: 'const number = this.ends.get(key) ?? -1 - this.ends.size;',
    to: 'const number = -1;',
    tests,
  },
  {
    name: 'states: nothing is shared',
    file: 'execute/atomics/object-use.ts',
    from: 'if ((changers & others) !== 0) return false;',
    to: 'if ((changers & others) !== 0) return true;',
    tests,
  },
  {
    name: 'states: what turns out to be shared does not begin anew',
    file: 'execute/atomics/object-use.ts',
    from: 'if (othersRead || isSecond) this.grown = true;',
    to: 'if (othersRead || isSecond) this.grown = false;',
    tests,
  },
  {
    name: 'states: a thread goes on alone to where it throws',
    file: 'execute/atomics/thread-states.ts',
    from: 'if (this.at[agent]!.state !== MomentState.threw) continue;',
    to: 'if (this.undone >= 0) continue;',
    tests,
  },
  {
    name: 'states: a race on one byte of a word stands for those on all',
    file: 'schedule/plain-race.ts',
    from: 'return `${width} at ${offset}`;',
    to: "return width + offset < 0 ? '' : 'some';",
    tests,
  },
  {
    name: 'states: who throws after its access goes first',
    file: 'schedule/merged-search.ts',
    from: 'if (!this.throwsNext(one)) this.found(sort, [one, other]);',
    to: 'if (this.depth > 0) this.found(sort, [one, other]);',
    tests,
  },
  {
    name: 'states: who has read what another changes then goes on alone',
    file: 'execute/atomics/object-use.ts',
    from: 'if (othersRead || isSecond) this.grown = true;',
    to: 'if (isSecond) this.grown = true;',
    tests,
  },
  {
    name: 'states: a change is alone though others read it',
    file: 'execute/atomics/object-use.ts',
    from: 'return !mayChange || changers === 0 || (this.users[object]! & others) === 0;',
    to: 'return true;',
    tests,
  },
  {
    name: 'states: a write of what is there is none',
    file: states,
    from: 'return accessOf[kind]! >= Access.share && !failed(kind, result, argument);',
    to: 'return accessOf[kind]! > Access.write && !failed(kind, result, argument);',
    tests,
  },
  {
    name: 'states: whoever sleeps goes on sleeping',
    file: 'schedule/merged-search.ts',
    from: 'if (!states.dependent(agent, firstOf(left))) asleep |= left & -left;',
    to: 'if (agent !== firstOf(left)) asleep |= left & -left;',
    tests,
  },
  {
    name: 'states: races are not looked for',
    file: 'schedule/merged-search.ts',
    from: 'else this.lookForRace();',
    to: '',
    tests,
  },
  {
    name: 'states: threads that race may write the same',
    file: 'schedule/plain-race.ts',
    from: 'if (!changes && !otherChanges) return undefined;',
    to: 'if (!changes || !otherChanges) return undefined;',
    tests,
  },
  {
    name: 'states: what a thread says of itself is not looked at',
    file: 'execute/atomics/thread-behaviour.ts',
    from: 'else this.requireSame(next);',
    to: '',
    tests,
  },
  {
    name: 'states: of a thread that has ended what it saw is forgotten where others spin',
    file: 'schedule/explore-anew.ts',
    from: '{ ...made.limitedTo, ended: 1 }',
    to: 'made.limitedTo',
    tests,
  },
];
