import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { hotplugInvariants } from '../src/kernel/hotplug-invariants.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { cpuHotplug } from '../workers/cpu-hotplug.ts';
import { memOnOffTest } from '../workers/mem-on-off-test.ts';
import { memoryReader } from '../workers/memory-reader.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** memory32 is online, memory33 and memory34 are not; the test has the first two. */
const machine: Parameters = {
  blocksMax: 3,
  blocksPresent: 3,
  blocksOnline: 1,
  notifiers: 'ksm,slab,error-inject',
};

const memOnOffTestScenario: Scenario<Kernel> = scenario({
  name: 'mem-on-off-test',
  summary: "the kernel's own test of memory hotplug, with errors injected into the notifier chain",
  source:
    'tools/testing/selftests/memory-hotplug/mem-on-off-test.sh (02d8f075ac44), ' +
    'lib/memory-notifier-error-inject.c, lib/notifier-error-inject.c (09c434b8a004)',
  setup: makeKernel,
  agents: {
    test: memOnOffTest({ blocks: [32, 33], percent: 50, errno: -12 }),
    // May be refused: the injected errors are for everybody.
    writer: sysfsWriter('memory34/state', 'online'),
    reader: memoryReader(),
    'cpu-hotplug': cpuHotplug({ cpu: 1 }),
  },
  forms: {
    full: {
      summary: 'the test, a writer to a block that is not its own, a reader, and a CPU',
      agents: ['test', 'writer', 'reader', 'cpu-hotplug'],
      strategy: 'pct',
      executions: 300,
    },
    small: {
      summary: 'the test and a reader, explored completely',
      agents: ['test', 'reader'],
      strategy: 'dfs',
    },
  },
  invariants: hotplugInvariants,
  stepsMax: 20_000,
  variants: {
    'v4.18': {
      summary: 'mem_hotplug_lock is taken by the store of `state`, the only file that is written',
      parameters: { ...machine, release: 'v4.18' },
    },
    'v4.20': {
      summary: 'mem_hotplug_lock is taken by online_pages() and offline_pages()',
      parameters: { ...machine, release: 'v4.20' },
    },
    'v6.1': {
      summary: 'and by memory_block_online() and memory_block_offline()',
      parameters: { ...machine, release: 'v6.1' },
    },
    'v6.8': {
      summary: 'the same, with blocks that count their poisoned pages',
      parameters: { ...machine, release: 'v6.8' },
    },
  },
});

export default memOnOffTestScenario;
