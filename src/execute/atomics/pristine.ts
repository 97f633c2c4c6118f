/**
 * The platform's own, taken before code under control gets to see stand-ins: the engine's side of a
 * controlled thread uses these and nothing else.
 */
export const pristine: {
  readonly load: typeof Atomics.load;
  readonly store: typeof Atomics.store;
  readonly wait: typeof Atomics.wait;
  readonly notify: typeof Atomics.notify;
  readonly atomics: typeof Atomics;
  readonly SharedArrayBuffer: typeof SharedArrayBuffer;
  readonly random: () => number;
  readonly now: () => number;
  readonly performanceNow: () => number;
} = {
  load: Atomics.load.bind(Atomics),
  store: Atomics.store.bind(Atomics),
  wait: Atomics.wait.bind(Atomics),
  notify: Atomics.notify.bind(Atomics),
  atomics: Atomics,
  SharedArrayBuffer: SharedArrayBuffer,
  random: Math.random.bind(Math),
  now: Date.now.bind(Date),
  performanceNow: performance.now.bind(performance),
};
