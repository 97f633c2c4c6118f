import {
  scenario,
  type AgentFunction,
  type Arena,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeMemtrace } from '../src/kernel/powernv-memtrace.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

function setup(arena: Arena, parameters: Parameters): Kernel {
  const machine = { release: 'v6.1', blocksPresent: 2, blocksOnline: 2 };
  const kernel = makeKernel(arena, { ...machine, ...parameters });
  const { file } = makeMemtrace(arena);
  return { ...kernel, files: new Map([...kernel.files, [file.path, file]]) };
}

const enable: AgentFunction<Kernel> = sysfsWriter('memtrace/enable', '0x8000000');

const memtraceEnabledTwice: Scenario<Kernel> = scenario({
  name: 'memtrace-enabled-twice',
  summary: 'two writers of `memtrace/enable` fill one array at a time',
  source:
    'd6718941a276 "powerpc/powernv/memtrace: Fix crashing the kernel when enabling ' +
    'concurrently", e5b2af044f31 "powerpc/mm: protect linear mapping modifications by a mutex" ' +
    '(v5.11)',
  setup,
  agents: { writer: enable, 'other-writer': enable },
  forms: {
    full: {
      summary: 'both',
      agents: ['writer', 'other-writer'],
      strategy: 'dpor',
      // More than `fixed` has; the others, which have more, show all by then.
      executions: 10_000,
    },
  },
  variants: {
    broken: {
      summary: 'nothing serialises the writers',
      parameters: { without: 'd6718941a276,e5b2af044f31' },
      shows: [
        { kind: 'assertion-failed', about: ['beyond its end'] },
        { kind: 'data-race', about: ['memtrace_array_nr'] },
        { kind: 'data-race', about: ['memtrace_size'] },
        { kind: 'data-race', about: ['memtrace.unmapped'] },
      ],
      allows: [{ kind: 'data-race', about: ['memtrace_array0'] }],
    },
    'half-fixed': {
      summary: 'e5b2af044f31: the direct map has a mutex, the driver has not',
      parameters: { without: 'd6718941a276' },
      shows: [
        { kind: 'assertion-failed', about: ['beyond its end'] },
        { kind: 'data-race', about: ['memtrace_array_nr'] },
        { kind: 'data-race', about: ['memtrace_size'] },
      ],
      allows: [{ kind: 'data-race', about: ['memtrace_array0'] }],
    },
    fixed: {
      summary: 'd6718941a276: memtrace_mutex around the whole write',
    },
  },
});

export default memtraceEnabledTwice;
