/** What the threads of a parallel exploration say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Death } from '../../execute/deaths.ts';
import type { RecordedSteps } from '../../execute/schedule-record.ts';
import type { CoverageShare } from '../coverage.ts';
import type { Counts } from '../explore.ts';
import type { StrategyOptions } from '../strategies/registry.ts';

/** The share of one thread: executions `first`, `first + stride` and so on. Plain data. */
export interface ExploreJob {
  readonly kind: 'turns';
  /** URL of the scenario's module. */
  readonly url: string;
  readonly variant: string;
  readonly form: string;
  readonly deaths?: readonly Death[];
  readonly suspicions?: boolean;
  readonly strategy: string;
  readonly options: StrategyOptions;
  readonly first: number;
  readonly stride: number;
  /** Executions of all threads together at the most; undefined: no limit. */
  readonly executions: number | undefined;
  /** Seconds at the most; undefined: no limit. */
  readonly seconds: number | undefined;
  /** Of a `StopWord`: once it is set, end and say what there is. */
  readonly stop: SharedArrayBuffer;
  /** Where {@link ExploreNews} goes. */
  readonly port: MessagePort;
}

/** What a thread tells while it runs. */
export type ExploreNews =
  /** Somebody showed something that this thread had not met before. */
  | {
      readonly kind: 'finding';
      readonly key: string;
      readonly steps: RecordedSteps;
      /** The strategy that made the execution. */
      readonly strategy: string;
      readonly execution: number;
    }
  /** How far it has come, a few times a second. */
  | { readonly kind: 'progress'; readonly first: number; readonly counts: Counts }
  /** There is no more to tell. */
  | { readonly kind: 'end' };

/** What a thread's share came to. */
export interface ExploreShare {
  readonly counts: Counts;
  /** How often each finding was met again after it was told, by key. */
  readonly again: ReadonlyMap<string, number>;
  /** What its executions have been through; undefined: they are not told apart. */
  readonly coverage: CoverageShare | undefined;
  /** The user's mistake that ended it; empty if there was none. */
  readonly mistake: string;
}
