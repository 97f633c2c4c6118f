import fc from 'fast-check';

/** One choice of a made-up trace. */
export type Choice = readonly [agent: number, sort: number, object: number, detail: number];

/** What a made-up trace is mostly about. */
export type Subject = 'words' | 'guarded' | 'nesting' | 'locks';

const agents = 3;
const lockFields: Readonly<Record<string, object>> = {
  K: { class: 'A' },
  L: { class: 'A' },
  M: { class: 'B' },
  N: { class: 'B' },
  O: { class: 'D' },
  S: { kind: 'seqlock' },
  U: { class: 'E', check: false },
  C: { kind: 'completion' },
};
const lockIds = ['K', 'L', 'M', 'S', 'N', 'O', 'U', 'K'];

/** Choices from which traces are made. */
export function choices(most: number): fc.Arbitrary<Choice[]> {
  const one = fc.tuple(fc.nat(agents - 1), fc.nat(23), fc.nat(7), fc.nat(7));
  return fc.array(one as fc.Arbitrary<Choice>, { minLength: 4, maxLength: most, size: 'max' });
}

/**
 * The lines of a trace of choices; those that the rules of locks forbid are left out. A few agents,
 * locks and words, so that they meet each other often.
 */
export function madeUpTrace(list: readonly Choice[], subject: Subject): string[] {
  const trace = new MadeUpTrace(subject);
  for (const choice of list) trace.choose(choice);
  return trace.lines;
}

const sortsOf: Readonly<Record<Subject, readonly [number, number]>> = {
  words: [5, 8],
  guarded: [3, 4],
  nesting: [10, 16],
  locks: [10, 14],
};

class MadeUpTrace {
  readonly lines: string[] = [JSON.stringify({ heddleTrace: 1, locks: lockFields })];
  private readonly locks: readonly string[];
  private readonly held = Array.from({ length: agents }, () => new Map<string, string>());
  private readonly met = new Set<number>([0]);
  private readonly ended = new Set<number>();
  private readonly inside = new Array<boolean>(agents).fill(false);
  private readonly ofLocks: boolean;
  /** Whether words are seldom accessed without a lock, so that it takes long to suspect one. */
  private readonly guarded: boolean;
  /** Choices below these acquire, and release. */
  private readonly sorts: readonly [acquires: number, releases: number];

  constructor(subject: Subject) {
    this.ofLocks = subject === 'locks';
    this.sorts = sortsOf[subject];
    this.guarded = subject === 'guarded';
    this.locks = this.ofLocks ? lockIds : lockIds.slice(0, 4);
  }

  choose([agent, sort, object, detail]: Choice): void {
    if (this.ended.has(agent)) return;
    this.met.add(agent);
    const lock = this.locks[object % this.locks.length]!;
    const [acquires, releases] = this.sorts;
    if (sort < acquires) return this.acquire(agent, lock, detail);
    if (sort < releases) return this.release(agent, lock, detail);
    if (this.ofLocks && sort < 18) return this.other(agent, lock, sort, detail);
    if (sort < 18) {
      if (this.guarded) return this.accessGuarded(agent, sort, object, detail);
      return this.access(agent, object, detail);
    }
    this.seldom(agent, sort, object % agents, detail);
  }

  private put(agent: number, op: string, more: object): void {
    this.lines.push(JSON.stringify({ op, agent: `T${agent}`, ...more }));
  }

  private acquire(agent: number, lock: string, detail: number): void {
    const read = this.ofLocks && detail === 3 ? 'recursive-read' : 'read';
    const mode = detail % 3 === 0 ? read : 'write';
    const own = this.held[agent]!;
    if (own.has(lock)) {
      // Asked for once more, and not taken.
      if (this.ofLocks) this.put(agent, 'might-lock', { lock, mode });
      return;
    }
    for (const held of this.held) {
      if (held.get(lock) === 'write' || (held.has(lock) && mode === 'write')) return;
    }
    own.set(lock, mode);
    const nest =
      this.ofLocks && detail === 6 ? [...own.keys()].find((one) => one === 'O') : undefined;
    this.put(agent, 'acquire', {
      lock,
      mode,
      ...(detail === 7 ? { try: true } : {}),
      ...(nest === undefined || nest === lock ? {} : { nest }),
      ...(this.ofLocks && detail === 5 ? { subclass: 1 } : {}),
    });
  }

  private release(agent: number, lock: string, detail: number): void {
    const mode = this.held[agent]!.get(lock);
    if (mode === undefined) return;
    if (mode === 'write' && detail === 0) {
      this.held[agent]!.set(lock, 'read');
      return this.put(agent, 'downgrade', { lock });
    }
    this.held[agent]!.delete(lock);
    this.put(agent, 'release', { lock });
  }

  private other(agent: number, lock: string, sort: number, detail: number): void {
    if (sort === 14 && this.held[agent]!.has(lock)) {
      this.put(agent, 'set-subclass', { lock, subclass: detail % 2 });
    } else if (sort === 15) {
      const op = this.inside[agent] ? 'irq-exit' : 'irq-enter';
      this.inside[agent] = !this.inside[agent];
      this.put(agent, op, { context: 'hardirq' });
    } else if (sort === 16) {
      this.put(agent, detail < 4 ? 'irq-disable' : 'irq-enable', { context: 'hardirq' });
    } else if (sort === 17 && !this.held[agent]!.has(lock)) {
      this.put(agent, detail < 6 ? 'might-lock' : 'sync', { lock });
    }
  }

  private access(agent: number, object: number, detail: number): void {
    const op = ['read', 'read', 'write', 'rmw', 'wait-on', 'read', 'write', 'read'][detail]!;
    const bytes = object === 3 ? { offset: detail % 2, size: 2 } : {};
    const marked = detail === 7 || (object === 2 && detail > 4) ? { marked: true } : {};
    const word = `x${object % 3}`;
    this.put(agent, op, { word, ...bytes, ...marked, ...(op === 'rmw' ? { value: 1 } : {}) });
  }

  private accessGuarded(agent: number, sort: number, object: number, detail: number): void {
    const isGuarded = this.held[agent]!.has('K') || this.held[agent]!.has('L');
    if (!isGuarded && (sort !== 4 || detail > 1)) return;
    const op = detail < 5 ? 'read' : detail < 7 ? 'write' : 'rmw';
    const more = op === 'rmw' ? { value: 1 } : {};
    this.put(agent, op, { word: `x${object % 2}`, ...more });
  }

  private seldom(agent: number, sort: number, other: number, detail: number): void {
    if (sort === 18 && !this.met.has(other)) {
      this.met.add(other);
      this.put(agent, 'fork', { other: `T${other}` });
    } else if (sort === 19 && other !== agent && this.held[other]!.size === 0 && detail < 3) {
      // Odd traces have events of an agent after somebody has joined it.
      if (detail > 0) this.ended.add(other);
      this.put(agent, 'join', { other: `T${other}` });
    } else if (sort === 20) {
      this.put(agent, detail < 4 ? 'complete' : 'await', { lock: 'C' });
    } else if (sort === 21) {
      if (detail < 4) this.put(agent, 'enter', { name: `f${detail % 2}` });
      else this.put(agent, 'exit', {});
    } else if (sort === 22 && !this.ofLocks && detail < 3) {
      const op = ['retire', 'revive', 'assert-exclusive-writer'][detail]!;
      this.put(agent, op, { word: `x${other}` });
    }
  }
}
