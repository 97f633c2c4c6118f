/** What agents, kernel models and scenarios are written with. */
export { Arena, type LockOptions, type ObjectRecord } from './arena.ts';
export type { Guards, LockName, SectionRules } from './declarations.ts';
export { Section } from './section.ts';
export { Word } from './word.ts';
export { Region } from './region.ts';
export { Mutex } from './locks/mutex.ts';
export { SpinLock } from './locks/spin-lock.ts';
export { RwLock } from './locks/rw-lock.ts';
export { RwSemaphore } from './locks/rw-semaphore.ts';
export { PercpuRwSemaphore } from './locks/percpu-rw-semaphore.ts';
export { Completion } from './completion.ts';
export { ActiveRef } from './active-ref.ts';
export { SpawnedAgent } from './spawned-agent.ts';
export { currentAgent } from './current-agent.ts';
export { assertNoneHeld, attempt, forget, pause, progress, retry, sleep } from './time.ts';
export { AssertionFailure, check, UserError } from './errors.ts';
export type { Operation, Step } from './operation.ts';
export {
  scenario,
  type AgentFunction,
  type ExpectedFinding,
  type Form,
  type Invariant,
  type Parameters,
  type Scenario,
  type ScenarioDefinition,
  type Self,
  type Variant,
} from './scenario.ts';
