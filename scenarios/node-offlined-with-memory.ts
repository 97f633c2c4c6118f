import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  makeNumaNode,
  onlineNewBlock,
  removeOfflineBlock,
  type NumaNode,
} from '../src/kernel/numa-node.ts';

interface World extends Kernel {
  readonly node: NumaNode;
}

function setup(arena: Arena, parameters: Parameters): World {
  const node = makeNumaNode(arena, parameters['looksAtDevices'] === true);
  return { ...makeKernel(arena, { release: 'v4.20' }), node };
}

const nodeOfflinedWithMemory: Scenario<World> = scenario({
  name: 'node-offlined-with-memory',
  summary: 'a node goes offline though it has memory, which was never online',
  source: '2c91f8fc6c99 "mm/memory_hotplug: fix try_offline_node()"',
  setup,
  agents: {
    *remover(kernel) {
      yield* removeOfflineBlock(kernel, kernel.node);
    },
    *onliner(kernel) {
      yield* onlineNewBlock(kernel, kernel.node);
    },
  },
  forms: { full: { summary: 'both', agents: ['remover', 'onliner'], strategy: 'dfs' } },
  invariants: [
    {
      name: 'a node with memory blocks is online',
      when: 'end',
      holds: ({ node }) => node.devices.peek() === 0 || node.online.peek() === 1,
    },
  ],
  variants: {
    broken: {
      summary: "the node's span says whether it has memory",
      shows: [{ kind: 'assertion-failed', about: ['a node that is offline', 'onliner'] }],
      allows: [{ kind: 'invariant-violated', about: ['a node with memory blocks is online'] }],
    },
    fixed: {
      summary: "2c91f8fc6c99: the node's memory block devices do",
      parameters: { looksAtDevices: true },
    },
  },
});

export default nodeOfflinedWithMemory;
