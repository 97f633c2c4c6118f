import type { CallbackSite } from './callback-site.ts';
import { makeComputeBatchCallback } from './compute-batch-memory-callback.ts';
import { makeCpusetCallback } from './cpuset-memory-callback.ts';
import { makeHvBalloonCallback } from './hv-balloon-memory-callback.ts';
import type { HvBalloon } from './hv-balloon.ts';
import { makeKasanCallback } from './kasan-memory-callback.ts';
import { makeKsmCallback } from './ksm-memory-callback.ts';
import type { Ksm } from './ksm.ts';
import { makeMemoryTierCallback } from './memory-tier-callback.ts';
import { makeNotifierErrorInject, type NotifierErrorInject } from './notifier-error-inject.ts';
import { makeOnlinePageCallback, type OnlinePageCallback } from './online-page-callback.ts';
import { makePageExtCallback } from './page-ext-memory-callback.ts';
import type { PageExt } from './page-ext.ts';
import { makeSlabCallback } from './slab-memory-callback.ts';
import { makeVirtioMemCallback, type VirtioMemCallback } from './virtio-mem-memory-callback.ts';

/** What the configured callbacks bring with them. */
export interface MemoryCallbacks {
  readonly pageExt?: PageExt;
  readonly ksm?: Ksm;
  readonly hvBalloon?: HvBalloon;
  readonly virtioMem?: VirtioMemCallback;
  readonly errorInject?: NotifierErrorInject;
  /** Where a driver brings pages online: `balloon`, or else `virtio-mem`. */
  readonly onlinePage?: OnlinePageCallback;
}

/** By the names that the configuration knows. */
const makers: Readonly<Record<string, (site: CallbackSite) => MemoryCallbacks>> = {
  slab: alone(makeSlabCallback),
  'page-ext': (site) => ({ pageExt: makePageExtCallback(site) }),
  kasan: alone(makeKasanCallback),
  ksm: (site) => ({ ksm: makeKsmCallback(site) }),
  'memory-tier': alone(makeMemoryTierCallback),
  cpuset: alone(makeCpusetCallback),
  'compute-batch': alone(makeComputeBatchCallback),
  balloon: (site) => ({ hvBalloon: makeHvBalloonCallback(site) }),
  'virtio-mem': (site) => ({ virtioMem: makeVirtioMemCallback(site) }),
  'error-inject': ({ arena, memoryChain, kernelOf }) => ({
    errorInject: makeNotifierErrorInject(arena, memoryChain, true, kernelOf),
  }),
};

/** A callback that nobody needs to name. */
function alone(make: (site: CallbackSite) => void): (site: CallbackSite) => MemoryCallbacks {
  return (site) => {
    make(site);
    return {};
  };
}

/**
 * Lays out the callbacks that the configuration names, registered in the order in which it names
 * them.
 */
export function makeMemoryCallbacks(site: CallbackSite): MemoryCallbacks {
  let callbacks: MemoryCallbacks = {};
  for (const name of new Set(site.configuration.notifiers)) {
    callbacks = { ...callbacks, ...makers[name]!(site) };
  }
  const { hvBalloon, virtioMem } = callbacks;
  const onliner = hvBalloon?.onliner ?? virtioMem?.vm.onliner;
  if (onliner === undefined) return callbacks;
  return { ...callbacks, onlinePage: makeOnlinePageCallback(site.arena, onliner) };
}
