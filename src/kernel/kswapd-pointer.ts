import type { Arena, Region, Step, Word } from '../program/index.ts';

/** The kswapd of one node (mm/vmscan.c). */
export interface Kswapd {
  /** pgdat->kswapd: the number of its task, 0 for none; plain, under the memory hotplug lock. */
  readonly pointer: Word;
  /** Kernel threads started so far. */
  readonly started: Word;
  /** The tasks that kthread_run() makes, first to last. */
  readonly tasks: readonly KswapdTask[];
}

/** struct task_struct of a kswapd. */
interface KswapdTask {
  readonly memory: Region;
  readonly shouldStop: Word;
}

/** A node with memory, and so with a kswapd, whose memory can come back `restartsMax` times. */
export function makeKswapd(arena: Arena, restartsMax: number): Kswapd {
  const tasks = Array.from({ length: restartsMax + 1 }, (_, index) => {
    const name = `kswapd${index + 1}.task`;
    const { region, inside } = arena.region(name, () => arena.word(`${name}.should_stop`), {
      retired: index > 0,
    });
    return { memory: region, shouldStop: inside };
  });
  return {
    pointer: arena.word('pgdat.kswapd', 1),
    started: arena.word('kswapds_started', 1),
    tasks,
  };
}

/**
 * kswapd_run(): the node has memory, so it has a kswapd. Where the pointer says that there is one
 * it does nothing. All releases. Lock order: the memory hotplug lock, the caller's.
 */
export function* kswapdRun(kswapd: Kswapd): Step {
  if ((yield* kswapd.pointer.read()) !== 0) return;
  const number = (yield* kswapd.started.read()) + 1;
  yield* kswapd.started.write(number);
  yield* kswapd.tasks[number - 1]!.memory.revive();
  yield* kswapd.pointer.write(number);
}

/**
 * kswapd_stop(): the node has no memory any more. Lock order: the memory hotplug lock, the
 * caller's.
 *
 * @param clearsPointer - d8adde17e5f8 (v3.5)
 */
export function* kswapdStop(kswapd: Kswapd, clearsPointer: boolean): Step {
  const number = yield* kswapd.pointer.read();
  if (number === 0) return;
  yield* kthreadStop(kswapd.tasks[number - 1]!);
  if (clearsPointer) yield* kswapd.pointer.write(0);
}

/** kthread_stop(): the thread ends, and its task is freed. All releases. Lock order: none. */
function* kthreadStop(task: KswapdTask): Step {
  yield* task.shouldStop.write(1);
  yield* task.memory.retire();
}
