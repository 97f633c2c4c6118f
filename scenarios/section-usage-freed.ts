import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import {
  makeSectionUsage,
  pfnValid,
  sectionDeactivate,
  type SectionUsage,
  type UsageFix,
} from '../src/kernel/section-usage.ts';

interface World extends Kernel {
  readonly section: SectionUsage;
}

function setup(arena: Arena, parameters: Parameters): World {
  const section = makeSectionUsage(arena, parameters['fix'] as UsageFix);
  return { ...makeKernel(arena, { release: 'v6.1' }), section };
}

const sectionUsageFreed: Scenario<World> = scenario({
  name: 'section-usage-freed',
  summary: "compaction asks pfn_valid() while the section's bitmap is freed",
  source:
    '5ec8e8ea8b77 "mm/sparsemem: fix race in accessing memory_section->usage" (CVE-2023-52489); ' +
    '82f0b6f041fa (its order of steps and the second commit from memory)',
  setup,
  agents: {
    *compaction({ section }) {
      return yield* pfnValid(section);
    },
    *remover(kernel) {
      yield* sectionDeactivate(kernel, kernel.section);
    },
  },
  forms: { full: { summary: 'both', agents: ['compaction', 'remover'], strategy: 'dpor' } },
  variants: {
    broken: {
      summary: 'freed, cleared, and only then marked as gone; the reader holds nothing',
      parameters: { fix: 'none' },
      shows: [
        { kind: 'use-after-remove', about: ['usage.subsection_map', 'compaction'] },
        { kind: 'assertion-failed', about: ['NULL pointer dereference', 'compaction'] },
        { kind: 'data-race', about: ['section.usage pointer'] },
        { kind: 'data-race', about: ['usage.subsection_map'] },
      ],
    },
    'half-fixed': {
      summary: '5ec8e8ea8b77: an RCU reader, but the pointer may be NULL under it',
      parameters: { fix: 'rcu' },
      shows: [{ kind: 'assertion-failed', about: ['NULL pointer dereference', 'compaction'] }],
    },
    fixed: {
      summary: '82f0b6f041fa: and NULL means not valid',
      parameters: { fix: 'rcu-and-null-check' },
    },
  },
});

export default sectionUsageFreed;
