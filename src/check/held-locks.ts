import type { Subject } from '../trace/subject.ts';
import { ObjectType } from '../program/kinds.ts';
import { UserError } from '../program/errors.ts';
import type { HeldLock } from './finding.ts';

/**
 * How a lock is held: lockdep's read states (kernel/locking/lockdep.c, `struct held_lock.read`).
 */
export const Mode = { write: 0, read: 1, recursiveRead: 2 } as const;

/** Locks that one agent can hold at a time (lockdep's MAX_LOCK_DEPTH is 48). */
const depthMax = 64;

/**
 * Who holds what, from events alone: the ground that the checkers of lock order, deadlock, rules
 * and lifetime share.
 *
 * Invariant: `writer`, `readers` and the stacks say the same.
 */
export class HeldLocks {
  private readonly objects: Int32Array;
  private readonly modes: Int32Array;
  private readonly events: Int32Array;
  /** How many locks each agent holds. */
  readonly depth: Int32Array;
  /** For each object: the agent that holds it for writing, plus 1; 0 is nobody. */
  readonly writer: Int32Array;
  /** For each object: the agents that hold it for reading. */
  readonly readers: Int32Array;
  /** For each object: the agents that have queued to write. */
  readonly queued: Int32Array;
  private readonly subject: Subject;

  constructor(subject: Subject) {
    this.subject = subject;
    const slots = subject.agentCount * depthMax;
    this.objects = new Int32Array(slots);
    this.modes = new Int32Array(slots);
    this.events = new Int32Array(slots);
    this.depth = new Int32Array(subject.agentCount);
    this.writer = new Int32Array(subject.wordCount);
    this.readers = new Int32Array(subject.wordCount);
    this.queued = new Int32Array(subject.wordCount);
  }

  /** Nobody holds anything. */
  clear(): void {
    // Executions mostly end with nothing held, so clearing what is left is cheaper than clearing
    // tables.
    for (let agent = 0; agent < this.depth.length; agent++) {
      for (let at = agent * depthMax, end = at + this.depth[agent]!; at < end; at++) {
        this.writer[this.objects[at]!] = 0;
        this.readers[this.objects[at]!] = 0;
      }
      this.depth[agent] = 0;
    }
    if (this.anyQueued) {
      this.queued.fill(0);
      this.anyQueued = false;
    }
  }

  private anyQueued = false;

  queue(agent: number, object: number): void {
    this.queued[object] = this.queued[object]! | (1 << agent);
    this.anyQueued = true;
  }

  push(agent: number, object: number, mode: number, event: number): void {
    const depth = this.depth[agent]!;
    if (depth === depthMax) {
      throw new UserError(
        `agent \`${this.subject.agentNames[agent]}\` holds ${depthMax} locks: no more than that`,
      );
    }
    const at = agent * depthMax + depth;
    this.objects[at] = object;
    this.modes[at] = mode;
    this.events[at] = event;
    this.depth[agent] = depth + 1;
    const bit = 1 << agent;
    if (mode === Mode.write) {
      this.writer[object] = agent + 1;
      this.queued[object] = this.queued[object]! & ~bit;
    } else {
      this.readers[object] = this.readers[object]! | bit;
    }
  }

  /**
   * Takes the last hold of the lock in this mode off; the depth at which it stood, or -1 if the
   * agent does not hold it so.
   */
  pop(agent: number, object: number, writing: boolean): number {
    const base = agent * depthMax;
    let depth = this.find(agent, object);
    while (depth >= 0 && (this.modes[base + depth] === Mode.write) !== writing) {
      do depth--;
      while (depth >= 0 && this.objects[base + depth] !== object);
    }
    if (depth < 0) return -1;
    const mode = this.modes[base + depth]!;
    const last = this.depth[agent]! - 1;
    for (let at = base + depth; at < base + last; at++) {
      this.objects[at] = this.objects[at + 1]!;
      this.modes[at] = this.modes[at + 1]!;
      this.events[at] = this.events[at + 1]!;
    }
    this.depth[agent] = last;
    if (mode === Mode.write) this.writer[object] = 0;
    else if (this.find(agent, object) < 0)
      this.readers[object] = this.readers[object]! & ~(1 << agent);
    return depth;
  }

  /** A writer becomes a reader in place. */
  toRead(agent: number, object: number, mode: number): void {
    const depth = this.find(agent, object);
    if (depth < 0) return;
    this.modes[agent * depthMax + depth] = mode;
    this.writer[object] = 0;
    this.readers[object] = this.readers[object]! | (1 << agent);
  }

  /** The depth of the agent's last hold of the lock, or -1. */
  find(agent: number, object: number): number {
    const base = agent * depthMax;
    for (let depth = this.depth[agent]! - 1; depth >= 0; depth--) {
      if (this.objects[base + depth] === object) return depth;
    }
    return -1;
  }

  objectAt(agent: number, depth: number): number {
    return this.objects[agent * depthMax + depth]!;
  }

  modeAt(agent: number, depth: number): number {
    return this.modes[agent * depthMax + depth]!;
  }

  eventAt(agent: number, depth: number): number {
    return this.events[agent * depthMax + depth]!;
  }

  /** The agent's locks, outermost first. */
  list(agent: number): HeldLock[] {
    const list: HeldLock[] = [];
    const base = agent * depthMax;
    for (let at = base; at < base + this.depth[agent]!; at++) {
      list.push({ object: this.objects[at]!, mode: this.modes[at]!, event: this.events[at]! });
    }
    return list;
  }

  /** The mode in which a reader holds an object of this type. */
  readMode(object: number): number {
    const type = this.subject.types[object]!;
    return type === ObjectType.rwLock || type === ObjectType.activeRef
      ? Mode.recursiveRead
      : Mode.read;
  }

  /**
   * The agents that somebody who wants `object` for writing (or for reading) waits for, as a mask.
   */
  holders(object: number, forWriting: boolean): number {
    const writer = this.writer[object]!;
    const mask = writer === 0 ? 0 : 1 << (writer - 1);
    if (forWriting) return mask | this.readers[object]!;
    return this.subject.types[object] === ObjectType.rwLock ? mask : mask | this.queued[object]!;
  }
}
