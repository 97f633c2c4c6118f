import type { Mutant } from './mutant.ts';

const tests = ['schedule/symmetry.test.ts'];
const symmetry = 'schedule/strategies/symmetry.ts';
const alike = 'execute/alike.ts';

/** Faults in what agents count as alike, and what the search of states makes of it. */
export const symmetryMutants: readonly Mutant[] = [
  {
    name: 'symmetry: all agents are alike',
    file: alike,
    from: 'this.firsts = functions.map((one, agent) => (plain ? functions.indexOf(one) : agent));',
    to: 'this.firsts = functions.map((_, agent) => (plain ? 0 : agent));',
    tests,
  },
  {
    name: 'symmetry: agents are alike whatever objects keep of them',
    file: alike,
    from: 'const plain = objects.every(({ type }) => plainTypes.has(type));',
    to: 'const plain = objects.some(({ type }) => plainTypes.has(type));',
    tests,
  },
  {
    name: 'symmetry: who looks at itself changes nothing of what was merged',
    file: alike,
    from: 'this.changes++;',
    to: '',
    tests,
  },
  {
    name: 'symmetry: `self` tells nobody that it is looked at',
    file: alike,
    from: 'this.tellApart(id);',
    to: '',
    tests,
  },
  {
    name: 'symmetry: who asks for the number of the agent that runs stays alike',
    file: 'execute/coroutines.ts',
    from: 'this.program.alike.tellApart(this.current);',
    to: '',
    tests,
  },
  {
    name: 'symmetry: owners count by their numbers',
    file: symmetry,
    from: 'const word = this.isOwner[at] === 1 ? Math.sign(memory[at]!) : memory[at]!;',
    to: 'const word = memory[at]!;',
    tests,
  },
  {
    name: 'symmetry: of agents that are alike one is enough, whatever they know',
    file: symmetry,
    from: 'if (one[twin] !== one[agent] || other[twin] !== other[agent]) continue;',
    to: '',
    tests,
  },
  {
    name: 'symmetry: what agents know counts in the order of their numbers',
    file: symmetry,
    from: 'alike!.first(b) || one[a]! - one[b]! || other[a]! - other[b]!,',
    to: 'alike!.first(b),',
    tests,
  },
  {
    name: 'symmetry: agents that are alike and do otherwise are not noticed',
    file: symmetry,
    from: 'else if (before.doing !== doing) throw new AlikeError(before, { agent, doing });',
    to: '',
    tests,
  },
  {
    name: 'symmetry: a saved search forgets who told itself apart',
    file: symmetry,
    from: 'return this.known | (this.alike?.apart ?? 0);',
    to: 'return 0;',
    tests,
  },
  {
    name: 'symmetry: what was merged wrongly is saved',
    file: 'schedule/strategies/states.ts',
    from: 'if (!this.begun) return null;',
    to: '',
    tests,
  },
  {
    name: 'symmetry: nobody hears that a search which is saved has begun anew',
    file: 'schedule/strategies/undivided.ts',
    from: 'return this.search?.beginnings ?? 1;',
    to: 'return 1;',
    tests,
  },
  {
    name: 'symmetry: agents that have ended are not compared',
    file: symmetry,
    from: 'let left = this.alike!.all;',
    to: 'let left = this.alike!.all & machine.alive;',
    tests,
  },
  {
    name: 'symmetry: probes count states that are one',
    file: 'schedule/strategies/state-probe.ts',
    from: 'symmetry?.key(machine) ??',
    to: '',
    tests,
  },
];
