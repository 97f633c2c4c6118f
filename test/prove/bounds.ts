/** How far the proof of a lock goes. */
export interface Bounds {
  readonly lock: string;
  readonly calls: readonly string[];
  /** For so many agents, programs of so many calls in all, and attempts before a waiter sleeps. */
  readonly sizes: readonly { agents: number; calls: number; spins: number }[];
  /** Races that are told and count for no fault: on words of the lock's own, with the reason. */
  readonly allows?: { readonly words: RegExp; readonly because: string };
}

const exclusive = ['lock', 'try', 'for'];
const shared = ['read', 'write', 'tryRead', 'tryWrite'];

/** Two agents with four calls and a spin each way; three agents with a call each. */
const usual = [
  { agents: 2, calls: 3, spins: 1 },
  { agents: 2, calls: 4, spins: 0 },
  { agents: 3, calls: 3, spins: 0 },
];
/** The same, and one call more, where orders are few. */
const more = [...usual, { agents: 3, calls: 4, spins: 0 }];

const ledger = {
  words: /^data race on buffer\+\d+:/,
  because:
    'what an agent holds is written plainly by itself, and read by others, who use it only if ' +
    'that agent has died',
};

/** All locks of `heddle/locks`, each as far as all of it together takes less than 20 minutes. */
export const bounds: readonly Bounds[] = [
  { lock: 'RwSemaphore', calls: shared, sizes: usual, allows: ledger },
  { lock: 'RwLock', calls: shared, sizes: usual, allows: ledger },
  { lock: 'PercpuRwSemaphore', calls: shared, sizes: usual },
  { lock: 'Mutex', calls: exclusive, sizes: usual },
  { lock: 'SpinLock', calls: exclusive, sizes: usual },
  { lock: 'Semaphore(1)', calls: ['lock', 'try'], sizes: usual, allows: ledger },
  { lock: 'Semaphore(2)', calls: ['lock', 'try'], sizes: usual, allows: ledger },
  { lock: 'Condition', calls: ['await', 'one', 'all'], sizes: usual },
  { lock: 'Completion', calls: ['wait', 'complete', 'all'], sizes: more },
  { lock: 'SeqLock', calls: ['read', 'write'], sizes: usual },
  { lock: 'Barrier', calls: ['wait'], sizes: more },
  { lock: 'Once', calls: ['call'], sizes: more },
];
