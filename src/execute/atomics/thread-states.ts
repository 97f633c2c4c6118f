import { Kind, ObjectType } from '../../program/kinds.ts';
import { CellAt } from '../../program/layout.ts';
import {
  Access,
  accessesCommute,
  accessOf,
  effectOf,
  enabledOf,
  failed,
  followUpOf,
  notGranted,
} from '../../program/operation-table.ts';
import type { Program } from '../program.ts';
import type { CheckWorld } from './check-scenario.ts';
import { MomentState, type Moment } from './moments.ts';
import { ObjectUse } from './object-use.ts';
import type { ThreadBehaviour } from './thread-behaviour.ts';

/** A thread spins, which only executions can follow. */
export class ThreadSpins extends Error {
  override name = 'ThreadSpins';
}

/** What must be known to take a thread's steps back; used again for other steps. */
export class Saved {
  at: Moment | undefined;
  kind = 0;
  argument2 = 0;
  undo = 0;
  one = 0;
  other = 0;
}

/**
 * The state of a program of controlled threads: where each thread is, and the words that they
 * share. It goes forward by a step of a thread, and back again.
 *
 * A step is an operation on a shared object together with all that the thread then does on its own:
 * pauses, and operations with which no other thread has to do (`object-use.ts`). Those commute with
 * everything, so nothing is lost.
 */
export class ThreadStates {
  readonly count: number;
  readonly use: ObjectUse;
  /** Where each thread is. */
  readonly at: Moment[] = [];
  readonly kind: Int32Array;
  private readonly argument2: Int32Array;
  /** 64 bits that are the same for equal states: two others are a matter of 2^-64 for each pair. */
  one = 0;
  other = 0;
  /** Operations that the last step had. */
  taken = 0;
  private readonly behaviours: readonly ThreadBehaviour[];
  private readonly memory: Int32Array;
  private readonly program: Program;
  /** Words of the object that begins at each word. */
  private readonly size: Int32Array;
  private readonly isCell: Uint8Array;
  /** Objects as they were, each followed by what it is. */
  private undo = new Int32Array(4096);
  private undone = 0;
  /** Where a thread is that goes on. */
  private readonly before = new Saved();

  constructor(program: Program) {
    const { behaviours } = program.world as CheckWorld;
    const { memory, objects } = program.arena;
    this.program = program;
    this.behaviours = behaviours;
    this.count = behaviours.length;
    this.memory = memory;
    this.kind = new Int32Array(this.count);
    this.argument2 = new Int32Array(this.count);
    this.size = new Int32Array(memory.length);
    this.isCell = new Uint8Array(memory.length);
    for (const { base, type, size } of objects) {
      this.size[base] = size;
      this.isCell[base] = type === ObjectType.cell ? 1 : 0;
    }
    this.use = new ObjectUse(memory.length);
  }

  /** To the beginning; each thread is then before its first operation on a shared object. */
  begin(): number[] {
    this.program.arena.reset();
    this.one = this.other = 0;
    this.undone = 0;
    const taken: number[] = [];
    for (let agent = 0; agent < this.count; agent++) {
      const start = this.behaviours[agent]!.start();
      this.at[agent] = start;
      this.taken = 0;
      this.place(agent, start);
      this.goOn(agent);
      taken.push(this.taken);
    }
    return taken;
  }

  /** Threads that can go. */
  get enabled(): number {
    let enabled = 0;
    for (let agent = 0; agent < this.count; agent++) {
      if (this.canGo(agent)) enabled |= 1 << agent;
    }
    return enabled;
  }

  /** Whether every thread has ended. */
  get ended(): boolean {
    return this.at.every(({ state }) => state === MomentState.ended);
  }

  /** Keeps what is needed to take the thread's next step back. */
  save(agent: number, saved: Saved): void {
    saved.at = this.at[agent];
    saved.kind = this.kind[agent]!;
    saved.argument2 = this.argument2[agent]!;
    saved.undo = this.undone;
    saved.one = this.one;
    saved.other = this.other;
  }

  /** Takes back all that the thread has done since then. */
  restore(agent: number, saved: Saved): void {
    const { undo, memory } = this;
    while (this.undone > saved.undo) {
      const object = undo[--this.undone]!;
      const size = this.size[object]!;
      this.undone -= size;
      for (let i = 0; i < size; i++) memory[object + i] = undo[this.undone + i]!;
    }
    this.at[agent] = saved.at!;
    this.kind[agent] = saved.kind;
    this.argument2[agent] = saved.argument2;
    this.one = saved.one;
    this.other = saved.other;
  }

  /** The thread takes a step. @throws ThreadSpins */
  step(agent: number): void {
    this.taken = 0;
    this.perform(agent);
    this.goOn(agent);
  }

  /** Whether the steps of two threads may not be swapped. */
  dependent(one: number, other: number): boolean {
    if (this.at[one]!.object !== this.at[other]!.object) return false;
    return !accessesCommute(accessOf[this.kind[one]!]!, accessOf[this.kind[other]!]!);
  }

  /** Whether the operation that a thread is at would change its object. */
  wouldChange(agent: number): boolean {
    const { object, argument } = this.at[agent]!;
    const { memory } = this;
    this.keep(object);
    const kind = this.kind[agent]!;
    const result = effectOf[kind]!(memory, agent, object, argument, this.argument2[agent]!);
    this.undone -= this.size[object]! + 1;
    for (let i = 0; i < this.size[object]!; i++) memory[object + i] = this.undo[this.undone + i]!;
    return changes(kind, result, argument);
  }

  /** Whether the thread can go. */
  canGo(agent: number): boolean {
    const { state, object, argument } = this.at[agent]!;
    if (state !== MomentState.operation) return false;
    const enabled = enabledOf[this.kind[agent]!];
    if (enabled === undefined) return true;
    return enabled(this.memory, agent, object, argument, this.argument2[agent]!);
  }

  /**
   * What the thread does without anybody else having to do with it; but not what it throws after:
   * that ends everything, so what others do before it comes no more.
   */
  private goOn(agent: number): void {
    for (;;) {
      const at = this.at[agent]!;
      if (at.state !== MomentState.operation) return;
      if (at.spin !== undefined) throw new ThreadSpins();
      const access = accessOf[this.kind[agent]!]!;
      const alone =
        access === Access.none || this.use.isAlone(at.object, agent, access >= Access.share);
      if (!alone || !this.canGo(agent)) return;
      this.save(agent, this.before);
      this.perform(agent);
      if (this.at[agent]!.state !== MomentState.threw) continue;
      this.restore(agent, this.before);
      this.taken--;
      return;
    }
  }

  private perform(agent: number): void {
    const at = this.at[agent]!;
    const { object, argument } = at;
    const kind = this.kind[agent]!;
    const touches = accessOf[kind] !== Access.none;
    this.taken++;
    if (touches) {
      this.keep(object);
      this.hashObject(object);
    }
    const argument2 = this.argument2[agent]!;
    const result = effectOf[kind]!(this.memory, agent, object, argument, argument2);
    if (touches) {
      this.hashObject(object);
      this.use.note(object, agent, changes(kind, result, argument));
    }
    this.hashThread(agent);
    if (result === notGranted && followUpOf[kind] !== Kind.none) {
      this.kind[agent] = followUpOf[kind]!;
      this.argument2[agent] = 0;
    } else {
      const next = this.behaviours[agent]!.after(at, result);
      this.at[agent] = next;
      this.kind[agent] = next.kind;
      this.argument2[agent] = next.argument2;
    }
    this.hashThread(agent);
  }

  private place(agent: number, at: Moment): void {
    this.kind[agent] = at.kind;
    this.argument2[agent] = at.argument2;
    this.hashThread(agent);
  }

  /** Keeps the object as it is, to be restored. */
  private keep(object: number): void {
    const size = this.size[object]!;
    if (this.undone + size + 1 > this.undo.length) {
      const larger = new Int32Array(this.undo.length * 2);
      larger.set(this.undo);
      this.undo = larger;
    }
    const { undo, memory } = this;
    for (let i = 0; i < size; i++) undo[this.undone + i] = memory[object + i]!;
    this.undone += size;
    undo[this.undone++] = object;
  }

  /** Puts where a thread is into the key, or takes it out. */
  private hashThread(agent: number): void {
    this.toggle(~agent, this.at[agent]!.number, this.kind[agent]!, 0);
  }

  /** Puts an object into the key, or takes it out. */
  private hashObject(object: number): void {
    const { memory } = this;
    if (this.isCell[object] === 0) {
      for (let i = 0; i < this.size[object]!; i++)
        this.toggle(object + i, memory[object + i]!, 0, 0);
      return;
    }
    const waiting = memory[object + CellAt.waiting]!;
    const woken = memory[object + CellAt.woken]!;
    this.toggle(object, memory[object]!, memory[object + CellAt.high]!, waiting * 31 + woken);
    if (waiting === 0) return;
    // In which order threads wait is all that tickets say.
    for (let agent = 0; agent < this.count; agent++) {
      if ((waiting & (1 << agent)) === 0) continue;
      const ticket = memory[object + CellAt.first + agent]!;
      let before = 0;
      for (let other = 0; other < this.count; other++) {
        const waits = (waiting & (1 << other)) !== 0;
        if (waits && memory[object + CellAt.first + other]! < ticket) before++;
      }
      this.toggle(object + CellAt.first + agent, before, 0, 0);
    }
  }

  private toggle(place: number, first: number, second: number, third: number): void {
    this.one ^= hashed(place, first, second, third, 0x2545f491, 0x9e3779b1);
    this.other ^= hashed(place, first, second, third, 0x68e31da5, 0x85ebca77);
  }
}

/** Whether an operation with this result counts as a change, be it to what was there before. */
function changes(kind: number, result: number, argument: number): boolean {
  return accessOf[kind]! >= Access.share && !failed(kind, result, argument);
}

/** A number on all bits of which all bits of four others have an influence (as in MurmurHash3). */
function hashed(
  place: number,
  first: number,
  second: number,
  third: number,
  by: number,
  then: number,
): number {
  let bits = Math.imul(place ^ by, then);
  bits = Math.imul(bits ^ (bits >>> 15) ^ first, by);
  bits = Math.imul(bits ^ (bits >>> 14) ^ second, then);
  bits = Math.imul(bits ^ (bits >>> 15) ^ third, by);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
