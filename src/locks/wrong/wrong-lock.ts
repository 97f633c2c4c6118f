import { wordBytes } from '../layout.ts';

/** A lock, or a mode of one, that does not do what it should. */
export interface WrongLock {
  lock(): void;
  unlock(): void;
}

/** Two modes that do not do what they should. */
export interface WrongRwLock {
  readonly read: WrongLock;
  readonly write: WrongLock;
}

/** Bytes of each wrong lock, from an offset that is a multiple of as many. */
export const wrongLockBytes = 64;

/**
 * Words of a wrong lock: all have room for these, and use one or two of them. Nothing is checked
 * when they are attached.
 */
export const WrongAt = { state: 0, readers: 1 } as const;

/** First word of a wrong lock at a byte offset. */
export function wrongPlace(offset: number): number {
  return offset / wordBytes;
}
