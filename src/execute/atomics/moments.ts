import { Kind } from '../../program/kinds.ts';
import { FutexResult } from '../../program/operations/futex.ts';

/** What is known of where a thread is after what it has been answered. */
export const MomentState = { unknown: 0, operation: 1, ended: 2, threw: 3, rest: 4 } as const;

/**
 * Where a thread is: at an operation, or at its end, as it follows from all that it has been
 * answered. Moments of one thread are a tree; a thread that is deterministic is at the same moment
 * whenever it has been answered the same.
 */
export class Moment {
  state: number = MomentState.unknown;
  kind = 0;
  object = 0;
  argument = 0;
  argument2 = 0;
  /** What the thread asked, in its own terms: to see whether it asks the same again. */
  what = 0;
  width = 0;
  /** What it returned or threw; what it rests on; its stack where places are kept. */
  text = '';
  readonly parent: Moment | undefined;
  /** What it was answered at `parent`. */
  readonly answer: number;
  readonly depth: number;
  /** Tells the moments of a thread apart; ends with one result have one, below 0. */
  number = 0;
  /** If the thread spins here: what it looks at in each turn, and where it goes if nobody moves. */
  spin: Spin | undefined;
  /** If the thread rests here: where it goes on, as whenever it rests on the same. */
  rested: Moment | undefined;
  /** The innermost call that the thread is in (`ThreadControl.call`). */
  readonly call: Call | undefined;
  /** What the thread asked here, as a number. */
  digest = 0;
  private firstAnswer = 0;
  private firstChild: Moment | undefined;
  private more: Map<number, Moment> | undefined;

  constructor(parent: Moment | undefined, answer: number, call: Call | undefined = parent?.call) {
    this.parent = parent;
    this.call = call;
    this.answer = answer;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** Where the thread is once its operation has this result. */
  after(result: number): Moment {
    const { firstChild } = this;
    if (firstChild !== undefined && this.firstAnswer === result) return firstChild;
    const known = this.more?.get(result);
    if (known !== undefined) return known;
    const next = new Moment(this, result);
    if (firstChild === undefined) {
      this.firstChild = next;
      this.firstAnswer = result;
    } else {
      (this.more ??= new Map()).set(result, next);
    }
    return next;
  }

  /** Whether two moments are at the same operation. */
  sameOperation(other: Moment): boolean {
    return (
      this.state === MomentState.operation &&
      other.state === MomentState.operation &&
      this.kind === other.kind &&
      this.object === other.object &&
      this.argument === other.argument &&
      this.argument2 === other.argument2
    );
  }
}

/** A call of which only what it leaves will matter. */
export interface Call {
  /** Tells it from other calls of the thread. */
  readonly name: string;
  readonly outer: Call | undefined;
}

/** One word that a spinning thread looks at, and the value that keeps it spinning. */
export interface Look {
  /** A plain or an atomic read of it. */
  readonly kind: number;
  readonly object: number;
  readonly argument: number;
  /** What it has been, or, of a wait that found another value, what it was not. */
  readonly value: number;
  readonly equal: boolean;
}

/** A thread that has done the same, with the same results, again and again. */
export interface Spin {
  /** Operations of a turn. */
  readonly period: number;
  readonly looks: readonly Look[];
  /** Turns as text, so that the same spin is known elsewhere. */
  readonly key: string;
  /** Where it leaves the loop by itself; `endless`: it does not; undefined: not tried yet. */
  exit: Moment | 'endless' | undefined;
}

/** Operations that a turn of a spin has at the most. */
const periodMax = 12;

/**
 * Whether a thread at this moment has gone round: its last turns were the same operations with the
 * same results, and none of them changed anything.
 *
 * @param turns - how many equal turns make a spin
 * @param lookOf - the look that an operation with this result was; undefined if it was none
 */
export function spinAt(
  moment: Moment,
  turns: number,
  lookOf: (at: Moment, result: number) => Look | undefined | null,
): Spin | undefined {
  const edges: Moment[] = [];
  for (let at = moment; at.parent !== undefined && edges.length < periodMax * turns; at = at.parent)
    edges.push(at);
  for (let period = 1; period <= periodMax && period * turns <= edges.length; period++) {
    // The operation here is that of one turn before.
    if (!edges[period - 1]!.parent!.sameOperation(moment)) continue;
    const looks = looksOf(edges, period, turns, lookOf);
    if (looks === undefined) continue;
    const text = edges.slice(0, period).map(({ parent, answer }) => {
      const { kind, object, argument, argument2 } = parent!;
      return `${kind} ${object} ${argument} ${argument2} ${answer}`;
    });
    return { period, looks, key: text.join(' / '), exit: undefined };
  }
  return undefined;
}

function looksOf(
  edges: readonly Moment[],
  period: number,
  turns: number,
  lookOf: (at: Moment, result: number) => Look | undefined | null,
): Look[] | undefined {
  const looks = new Map<number, Look>();
  for (let i = 0; i < period * turns; i++) {
    const edge = edges[i]!;
    const at = edge.parent!;
    if (i >= period) {
      const later = edges[i - period]!;
      if (later.answer !== edge.answer || !later.parent!.sameOperation(at)) return undefined;
      continue;
    }
    const look = lookOf(at, edge.answer);
    if (look === undefined) return undefined;
    if (look === null) continue;
    const key = look.object * 2 + (isPlain(look.kind) ? 1 : 0);
    const before = looks.get(key);
    // Seen with two values in one turn: somebody moves it, and there is no standing still.
    if (before !== undefined && before.argument === look.argument) {
      if (before.value !== look.value || before.equal !== look.equal) return undefined;
    }
    looks.set(key, look);
  }
  return [...looks.values()];
}

function isPlain(kind: number): boolean {
  return kind === Kind.read || kind === Kind.bytesRead;
}

/** Whether a result of `Atomics.wait` is that its time was up. */
export function timedOut(kind: number, result: number): boolean {
  return kind === Kind.futexTimedWait && result === FutexResult.timedOut;
}
