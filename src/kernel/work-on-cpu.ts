import type { Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * work_on_cpu(): hands `body` to a kworker and waits until it has run (flush_work()). v6.1, v6.8.
 *
 * In the model the agent that waits is the kworker too. That keeps every deadlock and every order:
 * who waits for the work does nothing else meanwhile and keeps what it holds, so that the two are
 * one node of the graph of who waits for whom, and what the waiter holds does guard what the work
 * takes. What tells them apart in findings is the work itself, which is held while it runs, as
 * lockdep has it (process_one_work(), __flush_work()). Not in the model: that no kworker may be
 * free, and that locks are owned by the task (an assertion in `body` sees the waiter's locks).
 *
 * Lock order: the caller's, the work (wfc.work), what `body` takes.
 */
export function* workOnCpu<T>(kernel: Kernel, body: () => Step<T>): Step<T> {
  yield* kernel.workOnCpu.acquire();
  try {
    return yield* body();
  } finally {
    yield* kernel.workOnCpu.release();
  }
}
