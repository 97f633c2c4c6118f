/** What a row of the operation table says. */
import { Kind } from '../kinds.ts';

/** What an operation does to its object, as far as commuting goes. */
export const Access = {
  /** Touches nothing shared. */
  none: 0,
  /** Observes: commutes with other observers. */
  read: 1,
  /** Changes, but commutes with other sharers: readers of one lock, completes of one completion. */
  share: 2,
  /** Commutes with nothing on the same object. */
  write: 3,
  /** Observes what only writes change: commutes with everything else. */
  watch: 4,
} as const;

/** How happens-before passes through an object (see `check/data-race.ts`). */
export const Order = {
  none: 0,
  /**
   * The object's writers' clock: what releases of a lock, stores of a word, completes published.
   */
  writers: 1,
  /** The object's readers' clock: what leaving readers published for the next writer. */
  readers: 2,
  both: 3,
  /** Releases only: joined to the writers' clock instead of replacing it. */
  joinWriters: 4,
} as const;

/** What a successful operation does to the set of locks that its agent holds. */
export const Hold = { none: 0, takeWrite: 1, takeRead: 2, drop: 3, toRead: 4 } as const;

/** When an operation may have failed, and then changed and ordered nothing. */
export const Failure = { never: 0, resultZero: 1, valueDiffers: 2, bytesDiffer: 3 } as const;

/** The result of an operation that has queued and goes on as its `followUp`. */
export const notGranted = -0x80000000;

export type Enabled = (
  memory: Int32Array,
  agent: number,
  object: number,
  argument: number,
  argument2: number,
) => boolean;
export type Effect = (
  memory: Int32Array,
  agent: number,
  object: number,
  argument: number,
  argument2: number,
) => number;

/** One row of the table. */
export interface OperationKind {
  readonly name: string;
  /** False for annotations: no scheduling point. */
  readonly visible: boolean;
  /** Before its result is known: what it may do. */
  readonly access: number;
  /** What it did, having succeeded; at most `access`. */
  readonly accessDone: number;
  /** What it did, having failed; at most `access`. */
  readonly accessFailed: number;
  /** Undefined: always. */
  readonly enabled: Enabled | undefined;
  readonly effect: Effect;
  /** The kind that the operation goes on as when the effect answers {@link notGranted}. */
  readonly followUp: number;
  readonly acquires: number;
  readonly releases: number;
  readonly hold: number;
  readonly failure: number;
  /** The result is a truth value to the agent. */
  readonly truth: boolean;
  /** May also go on without being enabled, as time passes: a replay may force it. */
  readonly timed: boolean;
  /** The agents that it waits for while it is not enabled, as a mask; what locks alone can tell. */
  readonly blockers: ((memory: Int32Array, agent: number, object: number) => number) | undefined;
}

const nothing: Effect = () => 0;

const defaults: Omit<OperationKind, 'name' | 'accessDone' | 'accessFailed'> = {
  visible: true,
  access: Access.write,
  enabled: undefined,
  effect: nothing,
  followUp: Kind.none,
  acquires: Order.none,
  releases: Order.none,
  hold: Hold.none,
  failure: Failure.never,
  truth: false,
  timed: false,
  blockers: undefined,
};

export function row(name: string, fields: Partial<OperationKind> = {}): OperationKind {
  const access = fields.access ?? defaults.access;
  return { ...defaults, accessDone: access, accessFailed: access, name, ...fields };
}

export function annotation(name: string): OperationKind {
  return row(name, { visible: false, access: Access.none });
}
