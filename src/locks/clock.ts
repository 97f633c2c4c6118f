/**
 * Milliseconds since some moment in the past. Looked up at each call, so that who controls time can
 * stand in. Only waits with a limit look at it.
 */
export function nowMs(): number {
  return performance.now();
}

/** The longest wait with a limit: what a timer and Atomics.wait both can take. */
export const waitMsMax: number = 2 ** 31 - 1;

/** Keeps the process alive until called: a pending Atomics.waitAsync does not. */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, waitMsMax);
  return () => clearInterval(timer);
}
