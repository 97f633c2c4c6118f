import type { Arena, Mutex, Step, Word } from '../program/index.ts';
import type { Cpu } from './cpu.ts';
import { EAGAIN } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { populatedZone } from './page-count.ts';
import { zonePcpUpdate } from './pcplist.ts';

/**
 * States of a CPU on its way up and down (enum cpuhp_state): those that the reference kernel has
 * callbacks for which can be made to fail, and the two ends. Numbers are of v6.1, where the model
 * has them from v4.18 on; that of CPUHP_BRINGUP_CPU is the model's own, below the others.
 */
export const CpuhpState = { invalid: -1, offline: 0, bringupCpu: 86, online: 236 } as const;

/** The states above bringupCpu that `hotplug/fail` takes. */
const callbackStates: ReadonlySet<number> = new Set([
  153, 155, 156, 158, 162, 197, 198, 199, 200, 201, 202, 203, 204, 205, 206, 207, 235,
]);

/** Whether a state has a callback that may be made to fail, and is none of those that must not. */
export function cpuhpStateCanFail(state: number): boolean {
  return callbackStates.has(state);
}

/** struct cpuhp_cpu_state: written under cpu_hotplug_lock, read by `hotplug/*` without; plain. */
export interface CpuhpCpuState {
  readonly state: Word;
  readonly target: Word;
  /** The state whose callback is to fail, or {@link CpuhpState.invalid}. Written without a lock. */
  readonly fail: Word;
}

export function makeCpuhpCpuState(arena: Arena, name: string, online: boolean): CpuhpCpuState {
  const state = online ? CpuhpState.online : CpuhpState.offline;
  return {
    state: arena.word(`${name}.cpuhp_state`, state),
    target: arena.word(`${name}.cpuhp_target`, state),
    fail: arena.word(`${name}.cpuhp_fail`, CpuhpState.invalid),
  };
}

/**
 * cpuhp_up_callbacks(): what the controlling CPU does before the new one runs, its start
 * (CPUHP_BRINGUP_CPU), and the rest in its own thread. A callback that fails undoes all of it.
 * v4.18 and later; before, the notifier CPU_ONLINE. The CPU's idle task, interrupts and the
 * callbacks that memory has nothing to do with are left out.
 *
 * Lock order: cpu_hotplug_lock (write, the caller's); v6.1 on: pcp_batch_high_lock, once for each
 * zone with memory; v4.18 on: cpuhp_state-up.
 *
 * @returns 0, or -EAGAIN if `hotplug/fail` asked for it
 */
export function* cpuhpUpCallbacks(kernel: Kernel, cpu: Cpu): Step<number> {
  // CPUHP_PAGE_ALLOC: page_alloc_cpu_online()
  yield* zonesPcpUpdate(kernel);
  yield* cpu.online.store(1);
  if (!kernel.release.cpusHaveStates) return 0;
  yield* cpu.hotplug.state.write(CpuhpState.bringupCpu);
  const result = yield* cpuhpKickAp(kernel, cpu, 'up');
  if (result === 0) return 0;
  yield* takedownCpu(kernel, cpu);
  return result;
}

/**
 * cpuhp_down_callbacks(): the same way back. All releases.
 *
 * Lock order: cpu_hotplug_lock (write, the caller's); v4.18 on: cpuhp_state-down; then as in {@link
 * takedownCpu}.
 *
 * @returns 0, or -EAGAIN if `hotplug/fail` asked for it, and the CPU is online as before
 */
export function* cpuhpDownCallbacks(kernel: Kernel, cpu: Cpu): Step<number> {
  if (kernel.release.cpusHaveStates) {
    const result = yield* cpuhpKickAp(kernel, cpu, 'down');
    if (result !== 0) return result;
  }
  yield* takedownCpu(kernel, cpu);
  return 0;
}

/**
 * cpuhp_kick_ap_work(): the CPU's own thread, cpuhp/N, calls the callbacks above CPUHP_BRINGUP_CPU,
 * and who wakes it waits. v4.18 and later. The waiter is the thread too: see `workOnCpu` for why
 * that loses nothing.
 *
 * Lock order: the thread owns nothing and annotates cpu_hotplug_lock, which the waiter holds for
 * it, and cpuhp_state-up or cpuhp_state-down; undoing is the other of the two.
 */
function* cpuhpKickAp(kernel: Kernel, cpu: Cpu, way: 'up' | 'down'): Step<number> {
  const [from, to] =
    way === 'up'
      ? [CpuhpState.bringupCpu, CpuhpState.online]
      : [CpuhpState.online, CpuhpState.bringupCpu];
  const map = way === 'up' ? kernel.cpuhpStateUp : kernel.cpuhpStateDown;
  const result = yield* cpuhpThreadFun(map, cpu, from, to);
  if (result === 0) return 0;
  // cpuhp_reset_state()
  const back = way === 'up' ? kernel.cpuhpStateDown : kernel.cpuhpStateUp;
  yield* cpuhpThreadFun(back, cpu, yield* cpu.hotplug.state.read(), from);
  return result;
}

/**
 * cpuhp_thread_fun(), cpuhp_invoke_callback(): the callbacks of the states between. Only one that
 * is to fail matters to the model: it fails once, and the state is that of the last that did not.
 */
function* cpuhpThreadFun(map: Mutex, cpu: Cpu, from: number, to: number): Step<number> {
  const { state, fail } = cpu.hotplug;
  yield* map.acquire();
  try {
    const armed = yield* fail.read();
    const isOnTheWay = armed > Math.min(from, to) && armed <= Math.max(from, to);
    if (!isOnTheWay) {
      yield* state.write(to);
      return 0;
    }
    yield* fail.write(CpuhpState.invalid);
    yield* state.write(to > from ? armed - 1 : armed);
    return -EAGAIN;
  } finally {
    yield* map.release();
  }
}

/**
 * takedown_cpu() and what the controlling CPU does after it. All releases; machine stopped and
 * tasks moved are left out.
 *
 * Lock order: cpu_hotplug_lock (write, the caller's); v6.1 on: pcp_batch_high_lock, once for each
 * zone with memory; slab_mutex.
 */
function* takedownCpu(kernel: Kernel, cpu: Cpu): Step {
  yield* cpu.online.store(0);
  // CPUHP_PAGE_ALLOC: page_alloc_cpu_dead()
  yield* zonesPcpUpdate(kernel);
  // CPUHP_SLUB_DEAD: slub_cpu_dead() flushes the CPU's part of every cache.
  yield* kernel.slabMutex.acquire();
  yield* kernel.slabMutex.release();
  if (kernel.release.cpusHaveStates) yield* cpu.hotplug.state.write(CpuhpState.offline);
}

/** New limits for the pcplists of every zone that has memory. v6.1, v6.8. */
function* zonesPcpUpdate(kernel: Kernel): Step {
  if (!kernel.release.cpusSetPcplists) return;
  for (const pgdat of kernel.pgdats) {
    for (const zone of pgdat.zones.slice(0, 3)) {
      if (yield* populatedZone(zone)) yield* zonePcpUpdate(kernel, zone);
    }
  }
}
