/** What the explorer gives a controlled thread, once; runs are then started through its channel. */
export interface CheckTask {
  /** URL of the module whose functions are the threads. */
  readonly url: string;
  /** The thread's name, and its number. */
  readonly name: string;
  readonly agent: number;
  readonly channel: SharedArrayBuffer;
  /** What the threads carry out by themselves (`script.ts`). */
  readonly script: SharedArrayBuffer;
  /** Shared buffers by number. */
  readonly buffers: readonly SharedArrayBuffer[];
  /** What the set-up returned, as text with markers (`shared-values.ts`). */
  readonly shared: string;
  /** Whether plain accesses to shared buffers are seen. */
  readonly plain: boolean;
}

/** What a thread answers at its end. */
export type CheckAnswer =
  | { readonly status: 'stopped' }
  | { readonly status: 'broken'; readonly message: string; readonly userError: boolean };

/** What a thread that threw has thrown, as JSON. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}
