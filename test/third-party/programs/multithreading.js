/** The locks of `multithreading`, each over a buffer that the threads share. */
// On Node 20 there is no navigator, which the package looks at when it is loaded.
if (!('navigator' in globalThis)) globalThis.navigator = { hardwareConcurrency: 2 };

export const { Barrier, Condvar, Mutex, RwLock, Semaphore } = await import('multithreading');

/** @param words - of each buffer */
export function buffers(...words) {
  return words.map((count) => new Int32Array(new SharedArrayBuffer(count * 4)));
}
