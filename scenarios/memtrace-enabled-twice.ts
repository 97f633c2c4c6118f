import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import {
  makeMemtraceArray,
  memtraceEnableSet,
  type MemtraceArray,
} from '../src/kernel/memtrace-array.ts';

const bytesTraced = 0x1000_0000;

function setup(arena: Arena, parameters: Parameters): MemtraceArray {
  return makeMemtraceArray(arena, parameters['memtraceMutex'] === true);
}

const memtraceEnabledTwice: Scenario<MemtraceArray> = scenario({
  name: 'memtrace-enabled-twice',
  summary: 'two writers of `memtrace/enable` fill one array at a time',
  source:
    'd6718941a276 "powerpc/powernv/memtrace: Fix crashing the kernel when enabling concurrently"',
  setup,
  agents: {
    *writer(trace) {
      return yield* memtraceEnableSet(trace, bytesTraced);
    },
    *'other-writer'(trace) {
      return yield* memtraceEnableSet(trace, bytesTraced);
    },
  },
  forms: { full: { summary: 'both', agents: ['writer', 'other-writer'], strategy: 'dfs' } },
  variants: {
    broken: {
      summary: 'nothing serialises the writers',
      shows: [
        { kind: 'assertion-failed', about: ['beyond its end'] },
        { kind: 'data-race', about: ['memtrace_array_nr'] },
        { kind: 'data-race', about: ['memtrace_size'] },
      ],
    },
    fixed: {
      summary: 'd6718941a276: memtrace_mutex around the whole write',
      parameters: { memtraceMutex: true },
    },
  },
});

export default memtraceEnabledTwice;
