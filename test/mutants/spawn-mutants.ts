import type { Mutant } from './mutants.ts';

const tests = ['execute/spawn.test.ts'];
const searches = ['schedule/dpor-random.test.ts'];

/** Faults in spawn and join. */
export const spawnMutants: readonly Mutant[] = [
  {
    name: 'spawn: does not order what comes before it',
    file: 'program/operations/spawn.ts',
    from: 'releases: Order.writers,\n    failure',
    to: 'failure',
    tests,
  },
  {
    name: 'spawn: a join does not order what its agent did',
    file: 'program/operations/spawn.ts',
    from: 'acquires: Order.writers,\n    blockers',
    to: 'blockers',
    tests,
  },
  {
    name: 'spawn: an agent begins unasked',
    file: 'program/operations/spawn.ts',
    from: 'enabled: (m, _a, o) => m[o + SpawnedAt.spawned] !== 0,',
    to: 'enabled: (m, _a, o) => m[o + SpawnedAt.spawned] !== -1,',
    tests,
  },
  {
    name: 'spawn: a join waits for nobody',
    file: 'program/operations/spawn.ts',
    from: 'enabled: (m, _a, o) => m[o + SpawnedAt.ended] !== 0,',
    to: 'enabled: (m, _a, o) => m[o + SpawnedAt.ended] !== -1,',
    tests,
  },
  {
    name: 'spawn: joins of one agent do not commute',
    file: 'program/operations/spawn.ts',
    from: "row('join', {\n    access: Access.read,",
    to: "row('join', {\n    access: Access.write,",
    tests: searches,
  },
  {
    name: 'spawn: a second spawn passes for the first',
    file: 'program/operations/spawn.ts',
    from: 'return first ? 1 : 0;',
    to: 'return first ? 1 : 1;',
    tests,
  },
  {
    name: 'spawn: who is never spawned keeps an execution from being complete',
    file: 'execute/machine.ts',
    from: '!== Kind.begin) return false;',
    to: '!== Kind.none) return false;',
    tests,
  },
  {
    name: 'spawn: a deadlock is not seen through a join',
    file: 'check/deadlock.ts',
    from: 'return this.spawned & (1 << this.subject.agentOf(object));',
    to: 'return 0;',
    tests,
  },
  {
    name: 'spawn: the thread of whom nobody spawns waits for ever',
    file: 'execute/threads/unspawned.ts',
    from: 'Atomics.store(control, ControlAt.over, 1);',
    to: '',
    tests: ['execute/spawn-threads.test.ts'],
  },
  {
    name: 'equivalences: where a wait is left behind nobody else could have waited less',
    file: 'schedule/strategies/class-search.ts',
    from: 'else this.stand(growth);',
    to: '',
    tests: ['schedule/equivalences.test.ts'],
  },
];
