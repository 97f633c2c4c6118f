import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';

/**
 * cpuset_track_online_nodes() (kernel/cgroup/cpuset.c): every event queues the work that looks at
 * the nodes again; with a node notifier it is told of nodes alone. All releases. The work itself
 * runs later, takes cpu_hotplug_lock (read) and cpuset_mutex, and is not in the model.
 *
 * Lock order: memory_chain.rwsem or node_chain.rwsem (read, the caller's), nothing else.
 */
export function makeCpusetCallback(site: CallbackSite): void {
  const { arena, memoryChain, nodeChain } = site;
  const pending = arena.word('cpuset_hotplug_work.pending');
  const options = { name: 'cpuset', priority: CallbackPriority.cpuset, registered: true };
  // schedule_work(): sets the work's pending bit.
  const call = function* () {
    yield* pending.exchange(1);
    return Notify.ok;
  };
  if (site.configuration.nodeNotifier) makeNotifierBlock(arena, nodeChain, { ...options, call });
  else makeNotifierBlock(arena, memoryChain, { ...options, call });
}
