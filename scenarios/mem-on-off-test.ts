import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { hotplugInvariants } from '../src/kernel/hotplug-invariants.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { makeNotifierErrorInject } from '../src/kernel/notifier-error-inject.ts';
import { cpuHotplug } from '../workers/cpu-hotplug.ts';
import { memOnOffTest, type MemOnOffTestOptions } from '../workers/mem-on-off-test.ts';
import { memoryReader } from '../workers/memory-reader.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  readonly options: MemOnOffTestOptions;
}

/** memory32 is online, memory33 and memory34 are not; the test has the first two. */
const machine: Parameters = {
  blocksMax: 3,
  blocksPresent: 3,
  blocksOnline: 1,
  notifiers: 'ksm,slab',
};

/**
 * @param parameters - the kernel's, and the script's options:
 * - `errno`: -e, the error that is injected; default -12
 * - `priority`: -p, of the callback; default 0
 * - `percent`: -r, how many of the blocks go offline; default 10, and at least one does
 */
function setup(arena: Arena, parameters: Parameters): World {
  const { errno = -12, priority = 0, percent = 10, ...others } = parameters;
  const kernel = makeKernel(arena, { ...machine, ...others });
  const module = makeNotifierErrorInject(arena, kernel.memoryChain, false, () => kernel);
  const files = new Map(kernel.files);
  for (const file of module.files) files.set(file.path, file);
  const options = {
    blocks: [32, 33],
    errno: Number(errno),
    priority: Number(priority),
    percent: Number(percent),
    module,
  };
  return { ...kernel, files, options };
}

const memOnOffTestScenario: Scenario<World> = scenario({
  name: 'mem-on-off-test',
  summary: "the kernel's own test of memory hotplug, with errors injected into the notifier chain",
  source:
    'tools/testing/selftests/memory-hotplug/mem-on-off-test.sh (02d8f075ac44), ' +
    'lib/memory-notifier-error-inject.c, lib/notifier-error-inject.c (09c434b8a004)',
  setup,
  agents: {
    *test(world, self) {
      yield* memOnOffTest(world.options)(world, self);
    },
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
      strategy: 'dpor',
    },
  },
  invariants: hotplugInvariants,
  stepsMax: 20_000,
  variants: {
    'v3.19': {
      summary: 'mem_hotplug_lock is taken by online_pages() and offline_pages(), a counter',
      parameters: { release: 'v3.19' },
    },
    'v4.18': {
      summary: 'mem_hotplug_lock is taken by the store of `state`, the only file that is written',
      parameters: { release: 'v4.18' },
    },
    'v4.20': {
      summary: 'mem_hotplug_lock is taken by online_pages() and offline_pages()',
      parameters: { release: 'v4.20' },
    },
    'v6.1': {
      summary: 'and by memory_block_online() and memory_block_offline()',
      parameters: { release: 'v6.1' },
    },
    'v6.1-options': {
      summary: '-e -16 -p 1000 -r 100: the callback refuses before all others, all blocks go',
      parameters: { release: 'v6.1', errno: -16, priority: 1000, percent: 100 },
    },
    'v6.8': {
      summary: 'the same, with blocks that count their poisoned pages',
      parameters: { release: 'v6.8' },
    },
  },
});

export default memOnOffTestScenario;
