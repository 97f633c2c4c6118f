import type { Mutant } from './mutants.ts';

const programs = ['execute/atomics/check-threads.test.ts'];
const semantics = ['execute/atomics/semantics.test.ts'];

/** Faults in what explores code that uses Atomics itself. */
export const atomicsMutants: readonly Mutant[] = [
  {
    name: 'atomics: a wait does not look at the value',
    file: 'program/operations/futex.ts',
    from: 'if (m[o + CellAt.low] !== low || m[o + CellAt.high] !== high) return false;',
    to: 'if (m[o + CellAt.high] !== high) return false;',
    tests: programs,
  },
  {
    name: 'atomics: a notify wakes who came last',
    file: 'program/operations/futex.ts',
    from: 'm[o + CellAt.first + agent]! < m[o + CellAt.first + first]!',
    to: 'm[o + CellAt.first + agent]! > m[o + CellAt.first + first]!',
    tests: semantics,
  },
  {
    name: 'atomics: a notify wakes everybody',
    file: 'program/operations/futex.ts',
    from: 'while (woken < count && m[o + CellAt.waiting] !== 0) {',
    to: 'while (m[o + CellAt.waiting] !== 0) {',
    tests: semantics,
  },
  {
    name: 'atomics: a time-out leaves its agent on the list',
    file: 'program/operations/futex.ts',
    from: 'm[o + CellAt.waiting] = m[o + CellAt.waiting]! & ~bit;',
    to: '',
    tests: [...programs, ...semantics],
  },
  {
    name: 'atomics: a wait with a time-out waits for ever',
    file: 'execute/atomics/cells.ts',
    from: 'this.futex(timed === 0 ? Kind.futexWait : Kind.futexTimedWait, cell, request)',
    to: 'this.futex(Kind.futexWait, cell, request)',
    tests: programs,
  },
  {
    name: 'atomics: a write to a byte takes its neighbours along',
    file: 'program/bytes.ts',
    from: 'const mask = (width === 1 ? 0xff : 0xffff) << shift;',
    to: 'const mask = 0xffff << shift;',
    tests: [...programs, ...semantics],
  },
  {
    name: 'atomics: the upper half of 64 bits is left out',
    file: 'program/bytes.ts',
    from: 'memory[object + CellAt.high] = Number(BigInt.asIntN(32, after >> 32n));',
    to: '',
    tests: [...programs, ...semantics],
  },
  {
    name: 'atomics: bytes of one word race with each other',
    file: 'check/cell-accesses.ts',
    from: 'const first = whole ? object : object + offset;',
    to: 'const first = object;',
    tests: programs,
  },
  {
    name: 'atomics: who is woken does not follow the notify',
    file: 'check/cell-accesses.ts',
    from: 'this.races.synchronise(kind, agent, object);',
    to: '',
    tests: programs,
  },
  {
    name: 'atomics: a message brings no order along',
    file: 'check/check-set.ts',
    from: 'if (result !== 0) this.races.synchronise(kind, agent, object);',
    to: '',
    tests: programs,
  },
  {
    name: 'atomics: spins are not seen',
    file: 'execute/atomics/moments.ts',
    from: 'return { period, looks, key: text.join(',
    to: 'if (looks.length > 0) return undefined;\n    return { period, looks, key: text.join(',
    tests: programs,
  },
  {
    name: 'atomics: a turn that changes something counts as a spin',
    file: 'execute/atomics/spin-looks.ts',
    from: 'return failed(kind, result, argument) ? word(result) : undefined;',
    to: 'return word(result);',
    tests: ['execute/atomics/spins.test.ts'],
  },
  {
    name: 'atomics: a spinning thread never leaves its loop by itself',
    file: 'execute/atomics/thread-mind.ts',
    from: 'spin.exit ??= this.behaviour.goAlone(at);',
    to: "spin.exit ??= 'endless';",
    tests: ['execute/atomics/spins.test.ts'],
  },
  {
    name: 'atomics: a word that moves within a turn stands still',
    file: 'execute/atomics/moments.ts',
    from: 'if (before.value !== look.value || before.equal !== look.equal) return undefined;',
    to: '',
    tests: ['execute/atomics/spins.test.ts'],
  },
  {
    name: 'atomics: whether a thread does the same again is not looked at',
    file: 'execute/atomics/thread-behaviour.ts',
    from: 'if (driver.asked === path.reduce(digestAfter, 0)) return;',
    to: 'if (path.length > 0) return;',
    tests: programs,
  },
  {
    name: 'atomics: memory is not given its first contents again',
    file: 'execute/atomics/thread-mind.ts',
    from: 'if (!this.share.remembers && this.agent === 0) this.share.restore();',
    to: '',
    tests: programs,
  },
];
