import type { TortureParameters } from './parameters.ts';

/** What a torture thread is started with (`workerData`). */
export interface TortureThreadData {
  /** The resolved parameters. */
  readonly parameters: TortureParameters;
  /** Number of the agent: its line of the control block and its statistics. */
  readonly place: number;
  readonly role: 'writer' | 'reader';
  /** How often the place has been taken before. */
  readonly turn: number;
  /** The agent table and the locks. */
  readonly locks: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly statistics: SharedArrayBuffer;
}

/** What it says when it ends by itself; one that is killed says nothing. */
export type TortureThreadAnswer =
  | { readonly status: 'ended' }
  | {
      /** A lock refused what it should have done, or something of ours broke. */
      readonly status: 'broken';
      readonly message: string;
    };
