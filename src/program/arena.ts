import { ObjectType } from './kinds.ts';
import {
  agentCountMax,
  cacheLineWords,
  CompletionAt,
  MutexAt,
  RefAt,
  RwAt,
  SectionAt,
  SpawnedAt,
} from './layout.ts';
import { UserError } from './errors.ts';
import * as given from './given.ts';
import { Word } from './word.ts';
import { Region } from './region.ts';
import { Mutex } from './locks/mutex.ts';
import { SpinLock } from './locks/spin-lock.ts';
import { RwLock } from './locks/rw-lock.ts';
import { RwSemaphore } from './locks/rw-semaphore.ts';
import { PercpuRwSemaphore } from './locks/percpu-rw-semaphore.ts';
import { Completion } from './completion.ts';
import { ActiveRef } from './active-ref.ts';
import { SpawnedAgent } from './spawned-agent.ts';
import {
  Declaring,
  type Declarations,
  type Guards,
  type LockName,
  type SectionRules,
} from './declarations.ts';
import { Section } from './section.ts';

/** What the engine and reports know of an object: never the user-facing primitive itself. */
export interface ObjectRecord {
  /** The object's id, which is its first word. */
  readonly base: number;
  readonly type: ObjectType;
  /** Unique in its arena; what reports print. */
  readonly name: string;
  /** Locks of one class follow one order rule (the kernel's lock class). */
  readonly lockClass: string;
  /** The object's words, header included. A region's are its flag and all words in it. */
  readonly size: number;
}

/** How a lock is to be told apart from others. @public */
export interface LockOptions {
  /** The lock class: locks that follow the same order rule. Default: the lock's own name. */
  readonly class?: string;
}

/**
 * A bump allocator over one SharedArrayBuffer of 32-bit words, in which everything lies that agents
 * share.
 *
 * The layout is a deterministic function of the scenario's set-up: each thread runs the set-up
 * again and attaches to the same buffer. After `seal` nothing can be allocated. Between executions
 * the arena is reset to its first contents.
 *
 * @public
 */
export class Arena {
  /** Number of agents that the layout has room for, 1 to 31. */
  readonly agentCount: number;
  /** @internal Everything allocated, in the order of allocation. */
  readonly objects: ObjectRecord[] = [];
  private readonly names = new Set<string>();
  private readonly declaring = new Declaring();
  private declarationsIgnored = false;
  private declared: Declarations | undefined;
  /** First contents, one entry a word, until sealed. */
  private contents: number[] = [];
  private sealed: Int32Array | undefined;
  private snapshot: Int32Array | undefined;

  constructor(agentCount: number) {
    if (!Number.isInteger(agentCount) || agentCount < 1 || agentCount > agentCountMax) {
      throw new UserError(`a scenario has 1 to ${agentCountMax} agents, not ${agentCount}`);
    }
    this.agentCount = agentCount;
    // Word 0 stays unused, so that no object has the id 0.
    this.contents.push(0);
  }

  /**
   * A word of 32 bits, signed, for plain and atomic accesses.
   *
   * @param name - unique in the arena, as every object's name
   * @param initial - what it holds when an execution begins
   * @param guards - the locks that accesses need; default: none
   */
  word(name: string, initial = 0, guards?: Guards): Word {
    if (!given.fitsWord(initial)) given.refuseValue(initial, `\`arena.word\` "${name}"`);
    const record = this.allocate(ObjectType.word, name, [initial | 0]);
    if (guards !== undefined) this.declaring.guard(record, guards);
    return new Word(this, record);
  }

  /**
   * Declares that locks are taken in this order, outermost first. Asking for one while holding a
   * later one is the finding `lock-rule-broken`, cycle or not; a try may.
   */
  order(...locks: readonly LockName[]): void {
    this.declaring.order(locks);
  }

  /** Declares that nothing is taken, not even by a try, while a lock of this class is held. */
  leaf(lock: LockName): void {
    this.declaring.leaf(lock);
  }

  /** Declares that who holds a lock of this class does nothing that may sleep. */
  mayNotWait(lock: LockName): void {
    this.declaring.mayNotWait(lock);
  }

  /**
   * Declares a level of a lock class: locks with levels are taken from the least level up. Asking
   * for one under one of the same level or a higher one is the finding `lock-rule-broken`; a try
   * may.
   */
  level(lock: LockName, level: number): void {
    if (!Number.isFinite(level)) {
      throw new UserError(`\`arena.level\` takes a number, not ${level}`);
    }
    this.declaring.level(lock, level);
  }

  /**
   * Declares how long a lock of this class may be held, in milliseconds of virtual time: what its
   * holder sleeps, and what those sleep that it waits for meanwhile. More is the finding
   * `lock-rule-broken`. On free threads sleeps count in the same way; how long they really took
   * does not.
   */
  heldAtMost(lock: LockName, ms: number): void {
    if (!(ms >= 0)) {
      throw new UserError(`\`arena.heldAtMost\` takes milliseconds, 0 or more, not ${ms}`);
    }
    this.declaring.heldAtMost(lock, ms);
  }

  /**
   * A function or a part of one, and what it asks of the locks of whoever is in it. An agent enters
   * it by {@link Section.run}.
   */
  section(name: string, rules: SectionRules): Section {
    const record = this.allocate(ObjectType.section, name, zeros(SectionAt.size));
    this.declaring.section(record, rules);
    return new Section(record);
  }

  /** Nothing that is declared of words and locks, before or after, is checked. */
  ignoreDeclarations(): void {
    this.declarationsIgnored = true;
  }

  /** A sleeping lock with one owner. */
  mutex(name: string, options: LockOptions = {}): Mutex {
    return new Mutex(this.allocate(ObjectType.mutex, name, zeros(MutexAt.size), options));
  }

  /** A spinning lock with one owner; its section must not sleep. */
  spinLock(name: string, options: LockOptions = {}): SpinLock {
    return new SpinLock(this.allocate(ObjectType.spinLock, name, zeros(MutexAt.size), options));
  }

  /** A reader/writer lock whose readers may recurse: a waiting writer does not stop new readers. */
  rwLock(name: string, options: LockOptions = {}): RwLock {
    return new RwLock(this.allocateRw(ObjectType.rwLock, name, 1, options));
  }

  /** A reader/writer lock in which a queued writer stops new readers: readers must not recurse. */
  rwSemaphore(name: string, options: LockOptions = {}): RwSemaphore {
    return new RwSemaphore(this.allocateRw(ObjectType.rwSemaphore, name, 1, options));
  }

  /** As {@link rwSemaphore}; on free threads a reader touches only a cache line of its own. */
  percpuRwSemaphore(name: string, options: LockOptions = {}): PercpuRwSemaphore {
    while (this.contents.length % cacheLineWords !== 0) this.contents.push(0);
    const type = ObjectType.percpuRwSemaphore;
    return new PercpuRwSemaphore(this.allocateRw(type, name, cacheLineWords, options));
  }

  /** The kernel's completion: `complete` lets one `wait` through, `completeAll` all of them. */
  completion(name: string, options: LockOptions = {}): Completion {
    return new Completion(
      this.allocate(ObjectType.completion, name, zeros(CompletionAt.size), options),
    );
  }

  /**
   * A reference that is taken by try and drained by the remover (sysfs's active reference); not
   * active at first.
   */
  activeRef(name: string, options: LockOptions & { readonly active?: boolean } = {}): ActiveRef {
    given.requireKeys(options, ['class', 'active'], '`arena.activeRef`');
    given.requireFlag(options.active, '`active` of `arena.activeRef`');
    const { active = false, ...classed } = options;
    const words = zeros(RefAt.first + this.agentCount);
    words[RefAt.active] = active ? 1 : 0;
    return new ActiveRef(this.allocate(ObjectType.activeRef, name, words, classed));
  }

  /**
   * Declares that the agent of this name does not begin by itself: other agents spawn it. Every
   * form must have it.
   */
  spawned(agent: string): SpawnedAgent {
    return new SpawnedAgent(this.allocate(ObjectType.agent, agent, zeros(SpawnedAt.size)));
  }

  /**
   * Words that come and go together, such as the struct pages of a memory block. `build` allocates
   * what lies inside.
   *
   * @param build - gets this arena; what it returns is `inside` of the result
   * @param options - `retired`: whether the memory is gone at first; default false
   */
  region<T>(
    name: string,
    build: (arena: Arena) => T,
    options: { readonly retired?: boolean } = {},
  ): { readonly region: Region; readonly inside: T } {
    given.requireKeys(options, ['retired'], '`arena.region`');
    given.requireFlag(options.retired, '`retired` of `arena.region`');
    if (typeof build !== 'function') {
      throw new UserError(
        `\`arena.region\` takes a function that allocates, not ${given.shown(build)}`,
      );
    }
    const index = this.objects.length;
    const record = this.allocate(ObjectType.region, name, [options.retired === true ? 1 : 0]);
    const inside = build(this);
    const size = this.contents.length - record.base;
    this.objects[index] = { ...record, size };
    return { region: new Region(record.base, record.base + size - 1), inside };
  }

  /** @internal Words of a shared buffer, or a port; what they are, who lays them out knows. */
  block(type: ObjectType, name: string, words: number): number {
    return this.allocate(type, name, zeros(words)).base;
  }

  /** @internal A sealed arena's word gets another first content. */
  setFirst(word: number, value: number): void {
    this.snapshot![word] = value;
    this.memory[word] = value;
  }

  /** @internal Looks up what is declared, all of it being laid out. */
  resolve(): void {
    const declaring = this.declarationsIgnored ? new Declaring() : this.declaring;
    this.declared ??= declaring.resolve(this.objects);
  }

  /** @internal Fixes the layout and lays it into `buffer`, or into a new one. */
  seal(buffer?: SharedArrayBuffer): void {
    const bytes = this.contents.length * Int32Array.BYTES_PER_ELEMENT;
    if (buffer !== undefined && buffer.byteLength !== bytes) {
      throw new UserError(
        `the scenario's set-up is not deterministic: it laid out ${bytes} bytes here and ` +
          `${buffer.byteLength} bytes elsewhere`,
      );
    }
    this.resolve();
    this.snapshot = Int32Array.from(this.contents);
    this.sealed = new Int32Array(buffer ?? new SharedArrayBuffer(bytes));
    if (buffer === undefined) this.reset();
  }

  /** @internal The words, once sealed. */
  get memory(): Int32Array {
    if (this.sealed === undefined) throw new Error('[internal] the arena is not sealed yet');
    return this.sealed;
  }

  /** @internal What is declared of words and locks, once sealed. */
  get declarations(): Declarations | undefined {
    return this.declared;
  }

  /** @internal Back to the first contents. */
  reset(): void {
    const memory = this.memory;
    const snapshot = this.snapshot!;
    // A loop beats TypedArray.set on shared memory below some hundreds of words, as arenas have.
    for (let at = 0; at < snapshot.length; at++) memory[at] = snapshot[at]!;
  }

  /** @internal The first contents, in memory of its own. */
  copyOfFirstContents(): Int32Array {
    return this.snapshot!.slice();
  }

  /** @internal What a word holds at the start of an execution. */
  initially(word: number): number {
    return this.snapshot?.[word] ?? 0;
  }

  /** @internal Says which agent the object stands for, before it is sealed. */
  numberSpawned(base: number, agent: number): void {
    this.contents[base + SpawnedAt.agent] = agent;
  }

  /** @internal The record of the object that starts at this word. */
  recordAt(base: number): ObjectRecord | undefined {
    return this.objects.find((record) => record.base === base);
  }

  private allocateRw(
    type: ObjectType,
    name: string,
    stride: number,
    options: LockOptions,
  ): ObjectRecord {
    const first = stride === 1 ? RwAt.size : cacheLineWords;
    const words = zeros(first + stride * this.agentCount);
    words[RwAt.queues] = type === ObjectType.rwLock ? 0 : 1;
    words[RwAt.stride] = stride;
    words[RwAt.first] = first;
    words[RwAt.agents] = this.agentCount;
    return this.allocate(type, name, words, options);
  }

  private allocate(
    type: ObjectType,
    name: string,
    contents: readonly number[],
    options: LockOptions = {},
  ): ObjectRecord {
    if (this.snapshot !== undefined) {
      throw new UserError(
        `"${name}" is allocated too late: a scenario allocates in its set-up only`,
      );
    }
    given.requireName(name);
    given.requireClass(options, name);
    if (this.names.has(name)) throw new UserError(`two objects of the arena are named "${name}"`);
    this.names.add(name);
    const base = this.contents.length;
    this.contents.push(...contents);
    const record = { base, type, name, lockClass: options.class ?? name, size: contents.length };
    this.objects.push(record);
    return record;
  }
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
