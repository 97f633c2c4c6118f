import {
  check,
  type Arena,
  type Mutex,
  type Region,
  type Step,
  type Word,
} from '../program/index.ts';
import type { Completion } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { memHotplugBegin, memHotplugDone } from './mem-hotplug-lock.ts';

/** pgdat->kswapd and who looks at it. */
export interface KswapdPointer {
  /** b4a0215e11dc (v6.1): pgdat->kswapd_lock around every use of the pointer. */
  readonly locked: boolean;
  readonly kswapdLock: Mutex;
  /** pgdat->kswapd: 0 for NULL; plain. */
  readonly pointer: Word;
  /** The thread's task_struct: freed by kthread_stop(). */
  readonly task: Region;
  /** task->__state; atomic, as READ_ONCE and WRITE_ONCE make it. */
  readonly taskState: Word;
  readonly shouldStop: Completion;
  readonly exited: Completion;
}

export function makeKswapdPointer(arena: Arena, locked: boolean): KswapdPointer {
  const { region, inside } = arena.region('kswapd task', () => arena.word('kswapd->__state', 1));
  return {
    locked,
    kswapdLock: arena.mutex('node1.kswapd_lock'),
    pointer: arena.word('node1.kswapd', 1),
    task: region,
    taskState: inside,
    shouldStop: arena.completion('kswapd.should_stop'),
    exited: arena.completion('kswapd.exited'),
  };
}

/**
 * kswapd_is_running(), as kcompactd's should_proactive_compact_node() asks (mm/compaction.c): the
 * pointer is read, and read again to be followed.
 *
 * Lock order: before b4a0215e11dc none; since then kswapd_lock.
 */
export function* kswapdIsRunning(node: KswapdPointer): Step<boolean> {
  if (!node.locked) return yield* lookAtKswapd(node);
  yield* node.kswapdLock.acquire();
  try {
    return yield* lookAtKswapd(node);
  } finally {
    yield* node.kswapdLock.release();
  }
}

function* lookAtKswapd(node: KswapdPointer): Step<boolean> {
  if ((yield* node.pointer.read()) === 0) return false;
  const kswapd = yield* node.pointer.read();
  check(kswapd !== 0, 'NULL pointer dereference in kswapd_is_running()');
  return (yield* node.taskState.load()) === 0;
}

/** kswapd(): sleeps until it is told to stop. */
export function* kswapd(node: KswapdPointer): Step {
  yield* node.shouldStop.wait();
  yield* node.taskState.store(0);
  yield* node.exited.complete();
}

/**
 * offline_pages() of the node's last memory, as far as kswapd_stop().
 *
 * Lock order: cpu_hotplug_lock (read), mem_hotplug_lock, and since b4a0215e11dc kswapd_lock, held
 * while the thread ends.
 */
export function* stopKswapdOfEmptyNode(kernel: Kernel, node: KswapdPointer): Step {
  yield* memHotplugBegin(kernel);
  try {
    if (node.locked) yield* node.kswapdLock.acquire();
    try {
      yield* kswapdStop(node);
    } finally {
      if (node.locked) yield* node.kswapdLock.release();
    }
  } finally {
    yield* memHotplugDone(kernel);
  }
}

/** kswapd_stop(): kthread_stop(), which frees the task, and then the pointer is cleared. */
function* kswapdStop(node: KswapdPointer): Step {
  if ((yield* node.pointer.read()) === 0) return;
  yield* node.shouldStop.complete();
  yield* node.exited.wait();
  yield* node.task.retire();
  yield* node.pointer.write(0);
}
