/**
 * `heddle/locks`: locks over a SharedArrayBuffer for worker threads, usable without the rest of
 * Heddle. See docs/locks.md.
 */
export { Agent } from './agent.ts';
export { AgentTable } from './agent-table.ts';
export type { AgentState, JoinOptions, WatchedWorker } from './agent-table.ts';
export { Barrier, type BarrierState } from './barrier.ts';
export { Completion, type CompletionState } from './completion.ts';
export { Condition, type ConditionState } from './condition.ts';
export type { ExclusiveState } from './exclusive-lock.ts';
export { Guard, Lock, type Repair } from './lock.ts';
export { LockError, type LockErrorCode } from './lock-error.ts';
export type { LockOutcome } from './lock-outcome.ts';
export { Mutex } from './mutex.ts';
export { Once, type OnceCall, type OnceState } from './once.ts';
export { PercpuRwSemaphore } from './percpu-rw-semaphore.ts';
export { RwLock } from './rw-lock.ts';
export { RwSemaphore } from './rw-semaphore.ts';
export { Semaphore, type SemaphoreState } from './semaphore.ts';
export { SeqLock, type SeqLockState } from './seq-lock.ts';
export type { RwState } from './shared-lock.ts';
export { SpinLock } from './spin-lock.ts';
export type { AsyncOptions, LockOptions } from './waitable.ts';
