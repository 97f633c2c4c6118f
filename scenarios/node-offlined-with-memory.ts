import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { removeMemory } from '../src/kernel/remove-memory.ts';
import { udev } from '../workers/udev.ts';

/** Node 1 gets all of its memory while the machine runs. */
const machine: Parameters = {
  release: 'v6.1',
  nodes: 2,
  hotplugNode: 1,
  blocksPresent: 0,
  blocksMax: 2,
};

const nodeOfflinedWithMemory: Scenario<Kernel> = scenario({
  name: 'node-offlined-with-memory',
  summary: 'a node goes offline though it has memory, which was never online',
  source: '2c91f8fc6c99 "mm/memory_hotplug: fix try_offline_node()"',
  setup: makeKernel,
  agents: {
    // Gives the node two blocks, and takes the first back.
    *driver(kernel) {
      const first = memoryBlock(kernel, 32);
      yield* addMemory(kernel, first);
      yield* addMemory(kernel, memoryBlock(kernel, 33));
      yield* removeMemory(kernel, first);
    },
    udev: udev({ block: 33 }),
  },
  forms: { full: { summary: 'both', agents: ['driver', 'udev'], strategy: 'dpor' } },
  invariants: [
    {
      name: 'a node with memory blocks is online',
      when: 'end',
      holds: ({ pgdats, memoryBlocks }) =>
        memoryBlocks.every((block) => block.indexed.peek() === 0 || pgdats[1]!.online.peek() === 1),
    },
    {
      name: 'a node with memory in use is online',
      when: 'end',
      holds: ({ pgdats }) => pgdats[1]!.hasMemory.peek() === 0 || pgdats[1]!.online.peek() === 1,
    },
  ],
  variants: {
    broken: {
      summary: "v6.1 without it: the node's span says whether it has memory",
      parameters: { ...machine, without: '2c91f8fc6c99' },
      shows: [
        { kind: 'invariant-violated', about: ['a node with memory blocks is online'] },
        // Then the block comes online.
        { kind: 'invariant-violated', about: ['a node with memory in use is online'] },
      ],
    },
    fixed: {
      summary: "2c91f8fc6c99: the node's memory block devices do",
      parameters: machine,
    },
  },
});

export default nodeOfflinedWithMemory;
