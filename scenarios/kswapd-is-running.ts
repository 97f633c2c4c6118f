import { scenario, type Arena, type Parameters, type Scenario } from '../src/program/index.ts';
import {
  kswapd,
  kswapdIsRunning,
  makeKswapdPointer,
  stopKswapdOfEmptyNode,
  type KswapdPointer,
} from '../src/kernel/kcompactd.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';

interface World extends Kernel {
  readonly node: KswapdPointer;
}

function setup(arena: Arena, parameters: Parameters): World {
  const node = makeKswapdPointer(arena, parameters['kswapdLock'] === true);
  return { ...makeKernel(arena, { release: 'v6.1' }), node };
}

const kswapdIsRunningScenario: Scenario<World> = scenario({
  name: 'kswapd-is-running',
  summary: "kcompactd looks at the node's kswapd while the last memory of the node goes offline",
  source: 'b4a0215e11dc "mm: fix null-ptr-deref in kswapd_is_running()"',
  setup,
  agents: {
    *kcompactd({ node }) {
      return yield* kswapdIsRunning(node);
    },
    *kswapd({ node }) {
      yield* kswapd(node);
    },
    *offliner(kernel) {
      yield* stopKswapdOfEmptyNode(kernel, kernel.node);
    },
  },
  forms: {
    full: {
      summary: 'both threads of the node and the offliner',
      agents: ['kcompactd', 'kswapd', 'offliner'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'the pointer is used without a lock',
      shows: [
        { kind: 'assertion-failed', about: ['NULL pointer dereference', 'kcompactd'] },
        { kind: 'data-race', about: ['node1.kswapd'] },
        // Before the pointer is cleared it is stale.
        { kind: 'use-after-remove', about: ['kswapd->__state', 'kcompactd'] },
        { kind: 'data-race', about: ['kswapd->__state'] },
      ],
    },
    fixed: {
      summary: 'b4a0215e11dc: pgdat->kswapd_lock',
      parameters: { kswapdLock: true },
    },
  },
});

export default kswapdIsRunningScenario;
