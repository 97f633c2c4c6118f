/** Real time, taken before a controlled clock can stand in its place. */
const now = performance.now.bind(performance);

/** Milliseconds since some moment in the past; never goes back. */
export function monotonicMs(): number {
  return now();
}

const soon = setImmediate;

/** Lets other work of this thread (signals, timers, messages) have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    soon(resolve);
  });
}
