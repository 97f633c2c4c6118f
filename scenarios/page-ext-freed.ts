import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { pageOwnerReader } from '../workers/page-owner-reader.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

const machine: Parameters = {
  release: 'v6.1',
  blocksMax: 1,
  blocksOnline: 1,
  notifiers: 'page-ext',
};

const pageExtFreed: Scenario<Kernel> = scenario({
  name: 'page-ext-freed',
  summary: 'MEM_OFFLINE frees page_ext while page_owner still follows its pointer',
  source: 'b1d5488a252d "mm: fix use-after free of page_ext after race with memory-offline"',
  setup: makeKernel,
  agents: {
    offliner: sysfsWriter('memory32/state', 'offline'),
    'page-owner': pageOwnerReader({ block: 32 }),
    'page-owner2': pageOwnerReader({ block: 32 }),
  },
  forms: {
    full: {
      summary: 'the block goes offline, two readers of /proc/page_owner',
      agents: ['offliner', 'page-owner', 'page-owner2'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'the pointer is read, and followed, without anything',
      parameters: { ...machine, without: 'b1d5488a252d' },
      shows: [
        { kind: 'use-after-remove', about: ['page_ext.owner'] },
        { kind: 'data-race', about: ['page_ext'] },
      ],
    },
    fixed: {
      summary: 'b1d5488a252d: users are RCU readers, a grace period comes before the free',
      parameters: machine,
    },
  },
});

export default pageExtFreed;
