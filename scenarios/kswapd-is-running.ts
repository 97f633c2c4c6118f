import { scenario, type Parameters, type Scenario } from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { kswapdIsRunning } from '../src/kernel/kswapd.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** memory32 is the only memory of node 1. */
const machine: Parameters = {
  release: 'v6.1',
  nodes: 2,
  hotplugNode: 1,
  blocksMax: 1,
  blocksPresent: 1,
  blocksOnline: 1,
};

const kswapdIsRunningScenario: Scenario<Kernel> = scenario({
  name: 'kswapd-is-running',
  summary: "kcompactd looks at the node's kswapd while the last memory of the node goes offline",
  source: 'b4a0215e11dc "mm: fix null-ptr-deref in kswapd_is_running()"',
  setup: makeKernel,
  agents: {
    *kcompactd(kernel) {
      return yield* kswapdIsRunning(kernel, kernel.pgdats[1]!);
    },
    *offliner(kernel) {
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
    },
  },
  forms: {
    full: {
      summary: 'a thread of the node and the offliner',
      agents: ['kcompactd', 'offliner'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'the pointer is used without a lock',
      parameters: { ...machine, without: 'b4a0215e11dc' },
      shows: [
        { kind: 'assertion-failed', about: ['NULL pointer dereference', 'kcompactd'] },
        { kind: 'data-race', about: ['node1.pgdat.kswapd'] },
        // Before the pointer is cleared it is stale.
        { kind: 'use-after-remove', about: ['node1.kswapd_task.state', 'kcompactd'] },
        { kind: 'data-race', about: ['node1.kswapd_task'] },
      ],
    },
    fixed: {
      summary: 'b4a0215e11dc: pgdat->kswapd_lock',
      parameters: machine,
    },
  },
});

export default kswapdIsRunningScenario;
