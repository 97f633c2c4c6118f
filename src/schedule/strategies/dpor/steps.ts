import { Kind } from '../../../program/kinds.ts';
import { agentCountMax } from '../../../program/layout.ts';
import {
  accessAfter,
  accessOf,
  effectOf,
  enabledOf,
  Failure,
  failureOf,
} from '../../../program/operation-table.ts';
import type { Machine } from '../../../execute/machine.ts';
import { turnAccess, type Footprints } from './footprints.ts';
import type { NumberedStep } from './plain-steps.ts';

/** Words of its object that are kept of the time before a step: all that decides who can go. */
export const wordsKept = 4;

/** Kinds whose access depends on their outcome. */
export const mayFail: Uint8Array = Uint8Array.from(failureOf, (rule) =>
  rule === Failure.never ? 0 : 1,
);
/** Kinds that may have to wait. */
export const mayWait: Uint8Array = Uint8Array.from(enabledOf, (enabled, kind) =>
  enabled !== undefined || kind === Kind.retry ? 1 : 0,
);

/**
 * The steps of the execution that is being explored, by column. A prefix of them stays from one
 * execution to the next.
 */
export class Steps {
  length = 0;
  capacity = 256;
  agent: Int32Array = new Int32Array(this.capacity);
  kind: Int32Array = new Int32Array(this.capacity);
  argument: Int32Array = new Int32Array(this.capacity);
  argument2: Int32Array = new Int32Array(this.capacity);
  /** What it touched; see {@link Footprints}. */
  object: Int32Array = new Int32Array(this.capacity);
  last: Int32Array = new Int32Array(this.capacity);
  access: Int32Array = new Int32Array(this.capacity);
  /** Its agent's step before, or -1. */
  previous: Int32Array = new Int32Array(this.capacity);
  /** The step before on the same object, or -1. */
  below: Int32Array = new Int32Array(this.capacity);
  /** For a retry: how many steps there were when its turn began. */
  began: Int32Array = new Int32Array(this.capacity);
  /** The first words of its object, before it. */
  before: Int32Array = new Int32Array(this.capacity * wordsKept);
  /** Each agent's last step, or -1. */
  readonly lastOf: Int32Array = new Int32Array(agentCountMax + 1).fill(-1);
  /** The last step on each object, or -1. */
  readonly top: Int32Array;
  /** How many of them touch more than one object. */
  wide = 0;
  /** Memory in which operations are tried. */
  readonly scratch: Int32Array;
  readonly memory: Int32Array;
  private readonly footprints: Footprints;

  constructor(memory: Int32Array, footprints: Footprints) {
    this.memory = memory;
    this.scratch = Int32Array.from(memory);
    this.top = new Int32Array(memory.length).fill(-1);
    this.footprints = footprints;
  }

  /** The operation that the agent is at becomes the next step. */
  push(machine: Machine, agent: number): void {
    const at = this.length++;
    if (at === this.capacity) this.grow();
    const kind = machine.pendingKind[agent]!;
    const object = machine.pendingObject[agent]!;
    const argument = machine.pendingArgument[agent]!;
    const argument2 = machine.pendingArgument2[agent]!;
    this.agent[at] = agent;
    this.kind[at] = kind;
    this.argument[at] = argument;
    this.argument2[at] = argument2;
    this.previous[at] = this.lastOf[agent]!;
    this.lastOf[agent] = at;
    this.object[at] = object;
    this.last[at] = object;
    this.access[at] = accessOf[kind]!;
    if (kind === Kind.retry || kind === Kind.retire || kind === Kind.revive) {
      this.widen(at, machine, agent);
      return;
    }
    const { memory } = machine;
    for (let word = 0; word < wordsKept; word++) {
      const value = memory[object + word] ?? 0;
      this.before[at * wordsKept + word] = value;
      this.scratch[object + word] = value;
    }
    if (mayFail[kind] !== 0) this.access[at] = this.tried(kind, agent, object, argument, argument2);
    this.below[at] = this.top[object]!;
    this.top[object] = at;
  }

  /** Forgets all steps from here on. */
  truncate(length: number): void {
    for (let at = this.length - 1; at >= length; at--) {
      this.lastOf[this.agent[at]!] = this.previous[at]!;
      if (this.isWide(at)) this.wide--;
      else this.top[this.object[at]!] = this.below[at]!;
    }
    this.length = length;
  }

  /** One step by itself. */
  numbered(at: number): NumberedStep {
    return {
      agent: this.agent[at]!,
      kind: this.kind[at]!,
      object: this.object[at]!,
      last: this.last[at]!,
      access: this.access[at]!,
    };
  }

  /** What an operation that may fail would do, the scratch words being as they are. */
  tried(kind: number, agent: number, object: number, argument: number, argument2: number): number {
    if (mayFail[kind] === 0) return accessOf[kind]!;
    const result = effectOf[kind]!(this.scratch, agent, object, argument, argument2);
    return accessAfter(kind, result, argument);
  }

  /** Whether it touches more than one object, or none. */
  isWide(at: number): boolean {
    const kind = this.kind[at]!;
    return kind === Kind.retry || kind === Kind.retire || kind === Kind.revive;
  }

  private widen(at: number, machine: Machine, agent: number): void {
    this.wide++;
    this.below[at] = -1;
    if (this.kind[at] !== Kind.retry) {
      this.last[at] = this.argument[at]!;
      return;
    }
    const { began, reads } = machine.turnOf(agent);
    const turn = this.footprints.turn(reads);
    this.began[at] = began;
    this.object[at] = turn;
    this.last[at] = turn;
    this.access[at] = turnAccess;
  }

  private grow(): void {
    this.capacity *= 2;
    this.agent = longer(this.agent);
    this.kind = longer(this.kind);
    this.argument = longer(this.argument);
    this.argument2 = longer(this.argument2);
    this.object = longer(this.object);
    this.last = longer(this.last);
    this.access = longer(this.access);
    this.previous = longer(this.previous);
    this.below = longer(this.below);
    this.began = longer(this.began);
    this.before = longer(this.before);
  }
}

/** The numbers, with room for as many more. */
export function longer(from: Int32Array): Int32Array {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}
