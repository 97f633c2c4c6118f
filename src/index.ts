/** The public API of Heddle: everything else is internal. */
export * from './program/index.ts';
export { loadScenario } from './execute/load-scenario.ts';
export { instantiate, type Program, type ProgramChoice } from './execute/program.ts';
export {
  runFree,
  type FreeCounts,
  type FreeOutcome,
  type FreeRunOptions,
} from './execute/threads/free-run.ts';
export { ControlledRun, type ControlledOutcome } from './execute/threads/controlled-run.ts';
export type { ExecutionOutcome, Strategy } from './execute/strategy.ts';
export type { RecordedSteps } from './execute/schedule-record.ts';
export type { Finding, FindingKind, HeldLock, Level, Party } from './check/finding.ts';
export { explore, type Counts, type Exploration, type ExploreOptions } from './schedule/explore.ts';
export {
  FindingCollector,
  recordFinding,
  type CollectorOptions,
} from './schedule/finding-collector.ts';
export { checkThreads, type CheckThreadsOptions } from './schedule/check-threads.ts';
export type { CheckModule, ThreadControl, ThreadFunction } from './execute/atomics/check-module.ts';
export { CheckThreadPool, type CheckSessionOptions } from './execute/atomics/check-session.ts';
export type { Confirmation, FindingRecord, Origin } from './schedule/finding-record.ts';
export {
  confirm,
  confirmable,
  confirmExecutionsDefault,
  type ConfirmBudget,
} from './schedule/confirm.ts';
export { judge, type Verdict } from './schedule/expectation.ts';
export {
  formatSchedule,
  parseSchedule,
  scheduleVersion,
  stepsOf,
  type ScheduleFile,
} from './schedule/schedule-file.ts';
export {
  strategies,
  strategyNamed,
  unbounded,
  type StateSwitches,
  type StrategyOptions,
} from './schedule/strategies/registry.ts';
export { findingText, type ReportOptions } from './report/finding-text.ts';
export { findingJson, scheduleFileOf } from './report/finding-json.ts';
export { torture, type TortureOptions, type TortureResult } from './execute/torture/torture.ts';
export type { TortureParameters } from './execute/torture/parameters.ts';
export type { RoleStatistics } from './execute/torture/statistics.ts';
export type { Percentiles } from './execute/torture/histogram.ts';
export { AgentLostError } from './execute/threads/agent-lost.ts';
export type { ObservedWait } from './execute/threads/watchdog.ts';
