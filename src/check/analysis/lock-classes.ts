import type { LockKind, TraceNames } from '../../trace/format/trace-names.ts';

/** Wait levels, strictest first (lockdep_types.h, LD_WAIT_*). */
export const WaitLevel = { none: 0, free: 1, spin: 2, config: 3, sleep: 4, max: 5 } as const;

/** A lock class: what lockdep's rules are about. */
export interface LockClass {
  readonly number: number;
  /** `name#version/subclass`, as lockdep writes it. */
  readonly name: string;
  readonly kind: LockKind;
  /** What may be taken under it; `none`: it takes no part in wait contexts. */
  readonly inner: number;
  /** What it needs. */
  readonly outer: number;
  /** Whether order and interrupt rules are about it (lockdep's `check`). */
  readonly checked: boolean;
  /**
   * Per-CPU locks, and maps that only set a wait context, neither match nor pass in interrupt
   * searches (usage_skip).
   */
  readonly perCpu: boolean;
  /** Whether what it allows holds whatever else is held (LD_LOCK_WAIT_OVERRIDE). */
  readonly overrides: boolean;
}

const innerLevels: Readonly<Partial<Record<LockKind, number>>> = {
  raw_spin: WaitLevel.spin,
  spin: WaitLevel.config,
  rwlock: WaitLevel.config,
  local_lock: WaitLevel.config,
  mutex: WaitLevel.sleep,
  rwsem: WaitLevel.sleep,
  rtmutex: WaitLevel.sleep,
  ww_mutex: WaitLevel.sleep,
  rcu: WaitLevel.config,
};

/** Kinds that two agents may hold for writing at once, since they are per CPU or no locks. */
const sharedKinds: ReadonlySet<LockKind> = new Set([
  'local_lock',
  'rcu',
  'map',
  'completion',
  'ww_context',
]);

/** Whether a lock of this kind keeps agents apart. */
export function excludes(kind: LockKind): boolean {
  return !sharedKinds.has(kind);
}

/** The classes of a trace's locks: equal class name, kind and subclass are one class. */
export class LockClasses {
  readonly all: LockClass[] = [];
  private readonly names: TraceNames;
  private readonly numbers = new Map<string, LockClass>();
  /** Classes of equal name but another kind get a version, as in lockdep. */
  private readonly versions = new Map<string, LockKind[]>();
  /** By lock, for the lock's own subclass. */
  private readonly ofLock: (LockClass | undefined)[] = [];
  private readonly excluding: (boolean | undefined)[] = [];

  constructor(names: TraceNames) {
    this.names = names;
  }

  /** @param subclass - of this acquisition; -1: the lock's own */
  of(lock: number, subclass: number): LockClass {
    if (subclass >= 0) return this.find(lock, subclass);
    const known = this.ofLock[lock];
    if (known !== undefined) return known;
    return (this.ofLock[lock] = this.find(lock, this.names.locks[lock]!.subclass));
  }

  /** Whether a lock keeps agents apart. */
  excludes(lock: number): boolean {
    const known = this.excluding[lock];
    if (known !== undefined) return known;
    return (this.excluding[lock] = excludes(this.names.locks[lock]!.kind));
  }

  private find(lock: number, subclass: number): LockClass {
    const { class: name, kind, check = true, waitOverride } = this.names.locks[lock]!;
    const special = check && waitOverride === undefined ? '' : `${check} ${waitOverride}`;
    const key = `${kind}\n${subclass}\n${special}\n${name}`;
    let found = this.numbers.get(key);
    if (found !== undefined) return found;
    const own = name === 'rcu_sched' ? WaitLevel.spin : (innerLevels[kind] ?? WaitLevel.none);
    const inner = waitOverride ?? own;
    found = {
      number: this.all.length,
      name: `${name}${this.version(name, kind)}${subclass === 0 ? '' : `/${subclass}`}`,
      kind,
      inner,
      outer: kind === 'rcu' ? WaitLevel.free : inner,
      checked: kind !== 'rcu' && check,
      perCpu: kind === 'local_lock' || waitOverride !== undefined,
      overrides: waitOverride !== undefined,
    };
    this.all.push(found);
    this.numbers.set(key, found);
    return found;
  }

  private version(name: string, kind: LockKind): string {
    const kinds = this.versions.get(name) ?? [];
    if (!kinds.includes(kind)) kinds.push(kind);
    this.versions.set(name, kinds);
    const version = kinds.indexOf(kind) + 1;
    return version === 1 ? '' : `#${version}`;
  }
}
