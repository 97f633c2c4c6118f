import { Access, accessOf, failed, visibleOf } from '../program/operation-table.ts';
import { Kind } from '../program/kinds.ts';
import type { EventSink } from '../trace/event.ts';
import { NumberSet } from './number-set.ts';

/** Pairs that are remembered. */
const pairsMax = 1 << 18;
/** Steps of one agent that are told apart; agents and steps together make 21 bits. */
const ordinalsMax = 1 << 16;

/** Kinds that change their object without looking at it. */
const blind = new Set<number>([
  Kind.write,
  Kind.store,
  Kind.bytesWrite,
  Kind.bytesStore,
  Kind.send,
  Kind.release,
  Kind.readRelease,
  Kind.writeRelease,
  Kind.refRelease,
  Kind.downgrade,
  Kind.complete,
  Kind.completeAll,
  Kind.reinitCompletion,
  Kind.retire,
  Kind.revive,
  Kind.initLock,
  Kind.end,
]);
/** Kinds that look at their object: what they do depends on who changed it before. */
export const looksAt: Uint8Array = Uint8Array.from(accessOf, (access, kind) =>
  access !== Access.none && !blind.has(kind) ? 1 : 0,
);

/**
 * Which change of an object each operation saw, over all executions that are handed in: pairs of a
 * step that changed an object and a later one that looked at it, or of the object's first contents
 * and a step. A step is its agent and its number among that agent's steps. (The pairs that
 * reads-from fuzzing counts: Wolff, Shi, Duck, Mathur, Roychoudhury, ASPLOS 2024; they count places
 * in the code instead of numbers of steps.)
 */
export class ReadsFromPairs implements EventSink {
  readonly pairs: NumberSet = new NumberSet(pairsMax);
  /** Steps of each agent so far. */
  private readonly ordinals: Int32Array;
  /** For each object: the step that changed it last, and the execution that this is of. */
  private readonly changed: Int32Array;
  private readonly stamp: Int32Array;
  private run = 0;

  constructor(agents: number, words: number) {
    this.ordinals = new Int32Array(agents);
    this.changed = new Int32Array(words);
    this.stamp = new Int32Array(words);
  }

  /** The next execution begins. */
  begin(): void {
    this.run++;
    this.ordinals.fill(0);
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    if (visibleOf[kind] === 0) return;
    const ordinal = this.ordinals[agent]!;
    this.ordinals[agent] = ordinal + 1;
    const access = accessOf[kind]!;
    if (access === Access.none || ordinal >= ordinalsMax) return;
    const step = (agent + 1) * ordinalsMax + ordinal;
    if (looksAt[kind] !== 0) {
      const from = this.stamp[object] === this.run ? this.changed[object]! : 0;
      this.pairs.add(from * ordinalsMax * 32 + step);
    }
    if (access >= Access.share && !failed(kind, result, argument)) {
      this.changed[object] = step;
      this.stamp[object] = this.run;
    }
  }
}
