import type { TraceRules } from './trace-rules.ts';

/** Kinds of locks in heddle-trace. */
export const lockKinds = [
  'mutex',
  'spin',
  'raw_spin',
  'rwlock',
  'rwsem',
  'percpu_rwsem',
  'rtmutex',
  'ww_mutex',
  'local_lock',
  'rcu',
  'seqlock',
  'active_ref',
  'completion',
  'map',
  'ww_context',
] as const;

export type LockKind = (typeof lockKinds)[number];

/** What a trace says about a lock. */
export interface TraceLock {
  readonly id: string;
  /** Locks of equal class, kind and subclass are instances of one lock class. */
  readonly class: string;
  readonly kind: LockKind;
  readonly subclass: number;
  /** For a reader; the id if the trace gives none. */
  readonly name: string;
  /** False: held, but never checked (lockdep_set_novalidate_class). Default: true. */
  readonly check?: boolean;
  /** Locks of one class may be nested from the least rank up (lock_cmp_fn). */
  readonly rank?: number;
  /** A wait level, 1 to 5, that holds under it whatever else is held (LD_LOCK_WAIT_OVERRIDE). */
  readonly waitOverride?: number;
  /** The wound/wait class of a `ww_mutex` or `ww_context`: those of one class go together. */
  readonly wwClass?: string;
}

/** Texts by number, numbered as they are met. */
export class Names {
  private readonly numbers = new Map<string, number>();
  readonly texts: string[] = [];

  number(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }

  get size(): number {
    return this.texts.length;
  }
}

/** How the events of a trace are to be understood. */
export interface TraceOptions {
  /** Whether wait contexts are checked. */
  waitContexts: boolean;
  /** Whether an acquire says that the lock is held: ftrace's lock_acquire comes before that. */
  exclusive: boolean;
  /** Whether the trace may begin, or go on after a loss, while locks are held. */
  partial: boolean;
}

/** Who and what the numbers in a trace's events are. */
export class TraceNames {
  readonly agents: Names = new Names();
  readonly places: Names = new Names();
  readonly locks: TraceLock[] = [];
  /** Words by id; `wordNames` has what a reader is told. */
  readonly words: Names = new Names();
  readonly wordNames: string[] = [];
  /** Words whose memory is gone when the trace begins, by number. */
  readonly retiredWords: Set<number> = new Set<number>();
  /** Declared beside the data; undefined where nothing is. */
  rules: TraceRules | undefined;
  readonly options: TraceOptions = { waitContexts: false, exclusive: true, partial: false };
  private readonly lockNumbers = new Map<string, number>();

  /** The number of a lock; one that was not declared is a mutex in a class of its own. */
  lock(id: string): number {
    return this.lockNumbers.get(id) ?? this.declareLock({ id });
  }

  declareLock(lock: { id: string } & Partial<TraceLock>): number {
    const { id } = lock;
    const full = { class: id, kind: 'mutex' as const, subclass: 0, name: id, ...lock };
    const known = this.lockNumbers.get(id);
    if (known !== undefined) {
      this.locks[known] = full;
      return known;
    }
    const number = this.locks.push(full) - 1;
    this.lockNumbers.set(id, number);
    return number;
  }

  word(id: string, name?: string): number {
    const number = this.words.number(id);
    if (number === this.wordNames.length) this.wordNames.push(name ?? id);
    return number;
  }

  agentName(agent: number): string {
    return this.agents.texts[agent]!;
  }

  lockName(lock: number): string {
    return this.locks[lock]!.name;
  }

  placeName(place: number): string | undefined {
    return place < 0 ? undefined : this.places.texts[place];
  }
}
