import type { Mutant } from './mutant.ts';

const recorder = ['execute/trace-recorder.test.ts'];
const screen = ['check/trace-screen.test.ts', ...recorder];

/** Faults in what makes it cheap to check recorded executions. */
export const recordingMutants: readonly Mutant[] = [
  {
    name: 'recording: executions of one object in any order are one trace',
    file: 'execute/trace-recorder.ts',
    from: 'before = objects[place + At.before]!;\n          changed',
    to: 'changed',
    tests: recorder,
  },
  {
    name: 'recording: groups of commuting operations are not told apart',
    file: 'execute/trace-recorder.ts',
    from: 'before = (before + nextGroup) | 0;',
    to: 'before |= 0;',
    tests: recorder,
  },
  {
    name: 'recording: of memory that goes only the first word does',
    file: 'execute/trace-recorder.ts',
    from: 'word <= argument',
    to: 'word <= object',
    tests: recorder,
  },
  {
    name: 'recording: a failed exchange is a change',
    file: 'execute/trace-recorder.ts',
    from: 'if ((traits & Trait.failsUnlessEqual) !== 0 &&',
    to: 'if (Trait.failsUnlessEqual === 0 &&',
    tests: ['schedule/coverage.test.ts'],
  },
  {
    name: 'recording: waits come after all else',
    file: 'execute/trace-recorder.ts',
    from: 'asides[at++] = this.length;',
    to: 'asides[at++] = 0;',
    tests: recorder,
  },
  {
    name: 'recording: numbers with the same last bits are one trace',
    file: 'execute/trace-memory.ts',
    from: '&& keys[row] === key) return row;',
    to: ') return row;',
    tests: recorder,
  },
  {
    name: 'screen: a lock that is held for reading guards a write',
    file: 'check/trace-screen.ts',
    from: '(way & Way.write) !== 0 ? writing[node]! : holding[node]!',
    to: 'holding[node]!',
    tests: screen,
  },
  {
    name: 'screen: any lock guards, another one each time',
    file: 'check/trace-screen.ts',
    from: 'const guards = words[place + At.guards]! & locks;',
    to: 'const guards = locks;',
    tests: screen,
  },
  {
    name: 'screen: an atomic write is in no race',
    file: 'check/trace-screen.ts',
    from: 'return access === Access.read ? Way.access : Way.access | Way.write;',
    to: 'return Way.access;',
    tests: screen,
  },
  {
    name: 'screen: chains that are a part of a cycle are not collected',
    file: 'check/trace-screen.ts',
    from: 'if (verdicts[next] !== quiet && stamps[next] !== run) break;',
    to: 'if (next === 0) break;',
    tests: screen,
  },
  {
    name: 'screen: locks may be kept',
    file: 'check/trace-screen.ts',
    from: 'if ((mortals & (1 << agent)) === 0) return false;',
    to: '',
    tests: screen,
  },
  {
    name: 'screen: what is not held may be released',
    file: 'check/trace-screen.ts',
    from: 'return nodes[agent] !== 0;',
    to: 'if (nodes[agent] === 0) nodes[agent] = agent + 1;\n        return true;',
    tests: screen,
  },
  {
    name: 'screen: assertions hold',
    file: 'check/trace-screen.ts',
    from: 'return this.asserts(kind, agent, object);',
    to: 'return this.asserts(kind, agent, object) || true;',
    tests: screen,
  },
  {
    name: 'screen: chains that a new cycle goes through are not marked',
    file: 'check/lock-order.ts',
    from: 'if (this.chains.verdicts[node] === Chain.quiet) this.judge(node);',
    to: '',
    tests: screen,
  },
  {
    name: 'screen: learns of executions that it was not asked about',
    file: 'execute/recorded-checks.ts',
    from: 'screen?.learn();',
    to: 'checks.screen?.learn();',
    tests: screen,
  },
  {
    name: 'screen: an execution that it settles breaks no invariant',
    file: 'execute/recorded-checks.ts',
    from: "checkInvariants(this.program, 'end', checks);",
    to: '',
    tests: screen,
  },
  {
    name: 'screen: an agent that does not end in order is looked at, too',
    file: 'execute/recorded-checks.ts',
    from: "end.ending === 'completed' && end.failure === undefined ? screen : undefined",
    to: 'screen',
    tests: screen,
  },
];
