/** Per cent of the sections that only read. */
export type Share = 0 | 50 | 95 | 100;

/** What a thread of the benchmark begins with. */
export interface ThreadData {
  /** The contender's name. */
  readonly contender: string;
  /** What its threads share. */
  readonly shared: unknown;
  readonly control: SharedArrayBuffer;
  readonly data: SharedArrayBuffer;
  /** Its number, from 0. */
  readonly thread: number;
}

/** What a thread did in one row. */
export interface ThreadResult {
  readonly operations: number;
  readonly writes: number;
  /** Counts of a `Histogram` of waits. */
  readonly waits: readonly number[];
}

/** Words by which a row begins and ends. */
export const ControlAt = { ready: 0, go: 1, stop: 2 } as const;
