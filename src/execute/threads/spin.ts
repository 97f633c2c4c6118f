/** Turns that a spinner makes before it lets the processor go for a moment. */
const turnsMax = 200;

/** Takes a spin lock (one word, 0 free, 1 taken) that is held for some instructions only. */
export function takeSpin(words: Int32Array, at: number): void {
  for (let turns = 0; Atomics.compareExchange(words, at, 0, 1) !== 0; turns++) {
    // Its holder may have been put off the processor: sleep rather than burn the time slice that it
    // needs.
    if (turns >= turnsMax) Atomics.wait(words, at, 1, 0.05);
  }
}

export function releaseSpin(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0);
}
