import { threadId } from 'node:worker_threads';
import { Agent } from './agent.ts';
import {
  capacityMax,
  Flag,
  idMask,
  LockKind,
  lineBytes,
  SlotAt,
  TableAt,
  waitCode,
  wordBytes,
} from './layout.ts';
import { LockError } from './lock-error.ts';
import { agree, checkCount, claim, placeIn } from './place.ts';

/** What `AgentTable` needs of a worker: `Worker` of node:worker_threads has it. @public */
export interface WatchedWorker {
  readonly threadId: number;
  once(event: 'exit', listener: () => void): unknown;
}

/** How an agent joins. @public */
export interface JoinOptions {
  /**
   * Attempts that a waiter makes before it sleeps, 0 to 1,000,000; each lock can say otherwise.
   * Default: 100 for mutexes, more for spin locks.
   */
  readonly spins?: number;
  /** The thread that the agent is on; default: this one (`threadId` of node:worker_threads). */
  readonly thread?: number;
}

/** A slot's content, for debuggers. @public */
export interface AgentState {
  readonly id: number;
  readonly thread: number;
  readonly alive: boolean;
  /** Byte offset of the word that it sleeps on; undefined: it does not sleep. */
  readonly sleepsAt: number | undefined;
}

/** What `waits` says, taken apart. */
function wordOf(code: number): number {
  return code >>> 1;
}

/**
 * The agents that use the locks of one SharedArrayBuffer, at an offset of it. An agent is a thread
 * that has joined. The table is what makes locks robust: worker threads die without a word (a
 * `terminate()`, an error, too little memory), so whoever starts them has them watched, and when
 * one exits marks its slot and wakes all who sleep; those then see that an owner is dead.
 *
 * Slots are given again, numbers are not: a lock keeps its owner's number, and the owner lives as
 * long as its slot says that number.
 *
 * @public
 */
export class AgentTable {
  /** Where a table must begin: a multiple of this many bytes. */
  static readonly alignment: number = lineBytes;

  readonly buffer: SharedArrayBuffer;
  /** Byte offset of the table. */
  readonly offset: number;
  /** Agents that there is room for at the same time. */
  readonly capacity: number;
  /** Bytes of the table. */
  readonly bytes: number;
  readonly words: Int32Array;
  private readonly first: number;

  /**
   * @param buffer - holds the table and all locks of its agents
   * @param options.offset - byte offset of the table, a multiple of 64; default: 0
   * @param options.capacity - agents at the same time, 1 to 64; all who attach say the same;
   *   default: 16
   * @throws LockError (`EINVAL`) if something else lies there, or it does not fit
   */
  constructor(
    buffer: SharedArrayBuffer,
    options: { readonly offset?: number; readonly capacity?: number } = {},
  ) {
    const { offset = 0, capacity = 16 } = options;
    checkCount('AgentTable', 'capacity', capacity, capacityMax);
    this.bytes = AgentTable.bytes(capacity);
    this.first = placeIn(buffer, offset, this.bytes, LockKind.agentTable);
    this.words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / wordBytes));
    this.buffer = buffer;
    this.offset = offset;
    this.capacity = capacity;
    claim(this.words, this.first, LockKind.agentTable);
    const capacityAt = this.first + TableAt.capacity;
    agree(this.words, capacityAt, capacity, LockKind.agentTable, 'capacity');
  }

  /** Bytes that a table for so many agents takes. */
  static bytes(capacity: number = 16): number {
    return (TableAt.slots + capacity * SlotAt.size) * wordBytes;
  }

  /**
   * Gives this thread a slot. What it returns is for this thread only.
   *
   * @throws LockError (`EAGAIN`) if all slots are taken
   */
  join(options: JoinOptions = {}): Agent {
    const { words, capacity } = this;
    for (let slot = 0; slot < capacity; slot++) {
      const at = this.slotAt(slot);
      const seen = Atomics.load(words, at + SlotAt.id);
      if (seen > 0) continue;
      const generation = Atomics.add(words, at + SlotAt.generation, 1);
      const id = generation * capacity + slot + 1;
      // Numbers are not given twice: a slot that has had them all stays empty.
      if (id > idMask) continue;
      if (Atomics.compareExchange(words, at + SlotAt.id, seen, id) !== seen) continue;
      Atomics.store(words, at + SlotAt.waits, 0);
      Atomics.store(words, at + SlotAt.thread, options.thread ?? threadId);
      return new Agent(this, id, slot, options.spins);
    }
    throw new LockError('EAGAIN', `AgentTable: all ${capacity} slots are taken`);
  }

  /**
   * Marks the worker's agents as dead when it exits. Call it when the worker has been made, on the
   * thread that made it.
   */
  watch(worker: WatchedWorker): void {
    // After the exit the worker has no number any more.
    const thread = worker.threadId;
    worker.once('exit', () => this.bury(thread));
  }

  /** Marks all agents of a thread as dead, and lets everybody who sleeps look again. */
  bury(thread: number): void {
    const { words, capacity } = this;
    let died = 0;
    for (let slot = 0; slot < capacity; slot++) {
      const at = this.slotAt(slot);
      const id = Atomics.load(words, at + SlotAt.id);
      if (id <= 0 || Atomics.load(words, at + SlotAt.thread) !== thread) continue;
      if (Atomics.compareExchange(words, at + SlotAt.id, id, -id) === id) died++;
    }
    if (died > 0) this.wakeAll();
  }

  /** Whether an agent of this number is there. */
  isAlive(id: number): boolean {
    return Atomics.load(this.words, this.idAt(id)) === id;
  }

  /** Whether the agent of this number died, and nobody has its slot yet. */
  hasDied(id: number): boolean {
    return Atomics.load(this.words, this.idAt(id)) === -id;
  }

  /** Takes an agent's slot back. */
  leave(id: number): void {
    // What it holds is held by nobody from now on: others must see that.
    if (Atomics.compareExchange(this.words, this.idAt(id), id, 0) === id) this.wakeAll();
  }

  /** Index of the word that counts deaths, for waits that are not blocking. */
  get deathsAt(): number {
    return this.first + TableAt.deaths;
  }

  /** First word of a slot. */
  slotAt(slot: number): number {
    return this.first + TableAt.slots + slot * SlotAt.size;
  }

  /** Live agents that sleep on a word. */
  sleepersAt(index: number): number {
    let sleepers = 0;
    for (let slot = 0; slot < this.capacity; slot++) {
      const at = this.slotAt(slot);
      const waits = Atomics.load(this.words, at + SlotAt.waits);
      const sleeps = waits !== 0 && wordOf(waits) === index;
      if (sleeps && Atomics.load(this.words, at + SlotAt.id) > 0) sleepers++;
    }
    return sleepers;
  }

  /** All agents, the dead ones whose slots are not taken again included. */
  state(): AgentState[] {
    const { words } = this;
    const all: AgentState[] = [];
    for (let slot = 0; slot < this.capacity; slot++) {
      const at = this.slotAt(slot);
      const id = Atomics.load(words, at + SlotAt.id);
      if (id === 0) continue;
      const waits = Atomics.load(words, at + SlotAt.waits);
      const thread = Atomics.load(words, at + SlotAt.thread);
      const sleepsAt = waits === 0 ? undefined : wordOf(waits) * wordBytes;
      all.push({ id: Math.abs(id), thread, alive: id > 0, sleepsAt });
    }
    return all;
  }

  private idAt(id: number): number {
    return this.slotAt((id - 1) % this.capacity) + SlotAt.id;
  }

  /**
   * Lets all who sleep look at their lock again. Nobody can miss it: who sleeps has noted the word
   * before it looked at the owner, and the word is changed here after the owner was marked. It also
   * makes up for a wake-up that the dead one had taken, or still owed.
   */
  private wakeAll(): void {
    const { words, capacity } = this;
    Atomics.add(words, this.deathsAt, 1);
    Atomics.notify(words, this.deathsAt);
    for (let slot = 0; slot < capacity; slot++) {
      const code = Atomics.load(words, this.slotAt(slot) + SlotAt.waits);
      if (code === 0) continue;
      const index = wordOf(code);
      if (code === waitCode(index, true)) this.markDeadOwner(index);
      else Atomics.add(words, index, 1);
      Atomics.notify(words, index);
    }
  }

  private markDeadOwner(index: number): void {
    for (;;) {
      const seen = Atomics.load(this.words, index);
      const owner = seen & idMask;
      if (owner === 0 || this.isAlive(owner) || (seen & Flag.ownerMarked) !== 0) return;
      if (Atomics.compareExchange(this.words, index, seen, seen | Flag.ownerMarked) === seen)
        return;
    }
  }
}
