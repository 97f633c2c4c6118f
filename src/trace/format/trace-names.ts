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
