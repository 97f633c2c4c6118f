/** An operation that an agent is at, or has been at. */
export interface Doing {
  readonly agent: number;
  /** How many events of its agent are before it. */
  readonly index: number;
  readonly kind: number;
  readonly object: number;
  readonly argument: number;
  readonly argument2: number;
  /** Of a retry: the number of what its turn has read (`Footprints`); else -1. */
  readonly turn: number;
  /** Of a retry: how many events of its agent are before its turn. */
  readonly began: number;
}
