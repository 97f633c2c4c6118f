import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { removeMemory } from '../src/kernel/remove-memory.ts';
import { pfnValid } from '../src/kernel/section-subsections.ts';

const machine: Parameters = { release: 'v6.1', details: 'section-usage', blocksMax: 1 };

const sectionUsageFreed: Scenario<Kernel> = scenario({
  name: 'section-usage-freed',
  summary: "compaction asks pfn_valid() while the section's bitmap is freed",
  source:
    '5ec8e8ea8b77 "mm/sparsemem: fix race in accessing memory_section->usage" (CVE-2023-52489); ' +
    '82f0b6f041fa (its order of steps and the second commit from memory)',
  setup: makeKernel,
  agents: {
    *compaction(kernel) {
      return yield* pfnValid(kernel, memoryBlock(kernel, 32));
    },
    *remover(kernel) {
      yield* removeMemory(kernel, memoryBlock(kernel, 32));
    },
  },
  forms: { full: { summary: 'both', agents: ['compaction', 'remover'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'freed, cleared, and only then marked as gone; the reader holds nothing',
      parameters: { ...machine, without: '5ec8e8ea8b77,82f0b6f041fa' },
      shows: [
        { kind: 'use-after-remove', about: ['subsection_map', 'compaction'] },
        { kind: 'assertion-failed', about: ['NULL pointer dereference', 'compaction'] },
        { kind: 'data-race', about: ['block0.section_usage'] },
        { kind: 'data-race', about: ['subsection_map'] },
      ],
    },
    'half-fixed': {
      summary: '5ec8e8ea8b77: an RCU reader, but the pointer may be NULL under it',
      parameters: { ...machine, without: '82f0b6f041fa' },
      shows: [{ kind: 'assertion-failed', about: ['NULL pointer dereference', 'compaction'] }],
    },
    fixed: {
      summary: '82f0b6f041fa: and NULL means not valid',
      parameters: machine,
    },
    'v6.8': {
      summary: 'came out with the first of the two',
      parameters: { ...machine, release: 'v6.8' },
      shows: [{ kind: 'assertion-failed', about: ['NULL pointer dereference', 'compaction'] }],
    },
    'v6.8-fixed': {
      summary: 'with the second put in',
      parameters: { ...machine, release: 'v6.8', with: '82f0b6f041fa' },
    },
  },
});

export default sectionUsageFreed;
