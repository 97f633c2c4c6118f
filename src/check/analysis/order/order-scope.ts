import { Op } from '../../../trace/format/operation.ts';

/** Operations that the order of locks is about. */
export const orderedOperations: readonly number[] = [
  Op.acquire,
  Op.wait,
  Op.await,
  Op.mightLock,
  Op.sync,
  Op.refused,
  Op.complete,
  Op.irqEnable,
  Op.release,
  Op.downgrade,
  Op.setSubclass,
];

/** What tests give otherwise. */
export interface OrderLimits {
  /** See `LockDependencies`. */
  readonly waits?: number;
  /** See `HeldChains`. */
  readonly tellsApart?: boolean;
}
