/** All programs of a size. */
export interface Size {
  readonly agents: number;
  /** Calls in all, at the most. */
  readonly calls: number;
  /** Attempts of a waiter before it sleeps. */
  readonly spins: number;
}

/** How far the proof of a lock goes. */
export interface Bounds {
  readonly lock: string;
  readonly calls: readonly string[];
  /** Each is proved for itself. */
  readonly sizes: readonly Size[];
  /** Why not all results of the one-step lock need come of it; default: all must. */
  readonly fewer?: string;
  /** Races that are told and count for no fault: on words of the lock's own, with the reason. */
  readonly allows?: { readonly name: string; readonly words: RegExp; readonly because: string };
}

const exclusive = ['lock', 'try', 'for'];
const shared = ['read', 'write', 'tryRead', 'tryWrite'];

/** Two agents, also with a spin, and three; with up to four calls. */
const usual: readonly Size[] = [
  { agents: 2, calls: 3, spins: 1 },
  { agents: 2, calls: 4, spins: 0 },
  { agents: 3, calls: 3, spins: 1 },
  { agents: 3, calls: 4, spins: 0 },
];

const ledger = {
  name: 'held',
  words: /^data race on held\[\d\]\[0\]: nothing orders the two accesses$/,
  because:
    'what an agent holds is written plainly by itself (an atomic store would be a second locked ' +
    'instruction in each call), and read by others, who use it only if that agent has died',
};

/** All locks of `heddle/locks`, each as far as its states let it be gone through in minutes. */
export const bounds: readonly Bounds[] = [
  { lock: 'RwSemaphore', calls: shared, sizes: usual, allows: ledger },
  { lock: 'RwLock', calls: shared, sizes: usual, allows: ledger },
  {
    lock: 'PercpuRwSemaphore',
    calls: shared,
    sizes: usual,
    fewer: 'who has stopped the readers writes first; on the one-step lock another writer may',
  },
  { lock: 'Mutex', calls: exclusive, sizes: usual },
  { lock: 'SpinLock', calls: exclusive, sizes: usual },
  { lock: 'Semaphore(1)', calls: ['lock', 'try'], sizes: usual, allows: ledger },
  { lock: 'Semaphore(2)', calls: ['lock', 'try'], sizes: usual, allows: ledger },
  { lock: 'Condition', calls: ['await', 'one', 'all'], sizes: usual },
  { lock: 'Completion', calls: ['wait', 'complete', 'all'], sizes: usual },
  { lock: 'SeqLock', calls: ['read', 'write'], sizes: usual },
  { lock: 'Barrier', calls: ['wait'], sizes: usual },
  { lock: 'Once', calls: ['call'], sizes: usual },
];
