import { LockError } from './lock-error.ts';

/** What Node 24 adds. */
interface Pausing {
  pause?: () => void;
}

const spinsMax = 1_000_000;

/** Attempts of a waiter before it sleeps, where nobody says otherwise. */
export const spinsDefault = 100;

/** Tells the processor that this thread spins, where the platform has a way to (Node 24). */
export function pause(): void {
  (Atomics as Pausing).pause?.();
}

export function checkSpins(spins: number): void {
  if (Number.isInteger(spins) && spins >= 0 && spins <= spinsMax) return;
  throw new LockError('EINVAL', `expected \`spins\` to be 0 to ${spinsMax}, got ${spins}`);
}
