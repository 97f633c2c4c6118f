import { Mode } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AgentState, HeldEntry } from '../trace-state.ts';
import type { DependencySite } from './dependency-graph.ts';

/** A lock with the mode in which it is held. */
export interface HeldMode {
  readonly lock: number;
  readonly class: number;
  readonly mode: number;
}

/**
 * A wait that the trace has shown, as Goodlock's tuples: who waits for what while holding what.
 * `held` from `first` on may stand in somebody's way; what lies before it was taken in another
 * interrupt context and only guards.
 */
export interface LockDependency {
  readonly held: readonly HeldMode[];
  readonly first: number;
  readonly wanted: HeldMode;
}

/**
 * Whether who wants a lock waits for who holds it. A reader behind a reader does unless it may
 * overtake, since a writer may wait in between (semantics of queued rwlocks and of rwsems).
 */
export function blocks(held: number, wanted: number): boolean {
  return held === Mode.write || wanted !== Mode.recursiveRead;
}

/** Locks that both hold in modes that exclude each other: while one waits the other cannot. */
export function commonGuards(one: LockDependency, other: LockDependency): number[] {
  const guards: number[] = [];
  for (const mine of one.held) {
    for (const theirs of other.held) {
      const excluded = mine.mode === Mode.write || theirs.mode === Mode.write;
      if (mine.lock === theirs.lock && excluded) guards.push(mine.lock);
    }
  }
  return guards;
}

/** More waits for one class than this are not kept; a cycle among them is never called guarded. */
export const waitsMax = 512;
/** Steps of one search for an unguarded cycle; beyond them the cycle counts as unguarded. */
const stepsMax = 20_000;

/** The waits for one class, in flat numbers: as objects they would take the most memory. */
class ClassWaits {
  count = 0;
  /** Of each wait: how many locks are held, `first`, the wanted lock and mode, and `HeldMode`s. */
  private numbers = new Int32Array(64);
  private length = 0;

  add(held: readonly HeldEntry[], first: number, wanted: HeldMode): void {
    const length = this.length + 4 + held.length * 3;
    if (length > this.numbers.length) {
      const larger = new Int32Array(Math.max(length, this.numbers.length * 2));
      larger.set(this.numbers);
      this.numbers = larger;
    }
    const { numbers } = this;
    let at = this.length;
    numbers[at++] = held.length;
    numbers[at++] = first;
    numbers[at++] = wanted.lock;
    numbers[at++] = wanted.mode;
    for (let index = 0; index < held.length; index++) {
      const { lock, class: lockClass, mode } = held[index]!;
      numbers[at++] = lock;
      numbers[at++] = lockClass.number;
      numbers[at++] = mode;
    }
    this.length = at;
    this.count++;
  }

  /** @param lockClass - the class that is waited for */
  all(lockClass: number): LockDependency[] {
    const { numbers, length } = this;
    const waits: LockDependency[] = [];
    for (let at = 0; at < length;) {
      const [depth, first, lock, mode] = numbers.subarray(at, at + 4) as unknown as number[];
      at += 4;
      const held: HeldMode[] = [];
      for (let index = 0; index < depth!; index++, at += 3) {
        held.push({ lock: numbers[at]!, class: numbers[at + 1]!, mode: numbers[at + 2]! });
      }
      waits.push({ held, first: first!, wanted: { lock: lock!, class: lockClass, mode: mode! } });
    }
    return waits;
  }
}

/** All different waits of a trace, by the class that is waited for. */
export class LockDependencies {
  private readonly byWanted: (ClassWaits | undefined)[] = [];
  private readonly overfull = new Set<number>();
  private readonly waitsMax: number;

  /** @param max - waits for one class that are kept */
  constructor(max: number = waitsMax) {
    this.waitsMax = max;
  }

  /** Adds a wait: see {@link LockDependency}. */
  add(held: readonly HeldEntry[], first: number, wanted: HeldMode): void {
    const waits = (this.byWanted[wanted.class] ??= new ClassWaits());
    if (waits.count < this.waitsMax) waits.add(held, first, wanted);
    else this.overfull.add(wanted.class);
  }

  /** Whether no more waits for a class are kept. */
  isOverfull(lockClass: number): boolean {
    return this.overfull.has(lockClass);
  }

  /** The waits for a class. */
  of(lockClass: number): readonly LockDependency[] {
    return this.byWanted[lockClass]?.all(lockClass) ?? [];
  }

  /**
   * The locks that keep the agents of a cycle apart, whatever waits make it up; undefined if some
   * waits make it up and no lock does.
   *
   * A cycle of classes can be closed by fewer waits than it has edges: an agent that holds A and B
   * and waits for C is both of A -> B -> C.
   */
  guardsOf(classes: readonly number[]): number[] | undefined {
    if (classes.some((lockClass) => this.overfull.has(lockClass))) return undefined;
    const inside = new Set(classes);
    // A class may be passed twice; its waits are the same ones.
    const waits = [...inside].flatMap((lockClass) =>
      this.of(lockClass).filter(({ held, first }) =>
        held.some((entry, index) => index >= first && inside.has(entry.class)),
      ),
    );
    const search = new CycleSearch(waits, classes.length);
    return search.unguarded() ? undefined : search.guards();
  }
}

/** Searches the waits of a cycle of classes for one that nothing guards. */
class CycleSearch {
  private readonly waits: readonly LockDependency[];
  private readonly lengthMax: number;
  private readonly met = new Set<number>();
  private steps = 0;

  constructor(waits: readonly LockDependency[], lengthMax: number) {
    this.waits = waits;
    this.lengthMax = lengthMax;
  }

  unguarded(): boolean {
    for (const start of this.waits) {
      if (this.extend([start], false)) return true;
    }
    if (this.steps > stepsMax) return true;
    // Guards are those of the cycles that there are; with none at all nothing is known.
    for (const start of this.waits) this.extend([start], true);
    return this.met.size === 0;
  }

  guards(): number[] {
    return [...this.met];
  }

  /** Whether the waits close to a cycle; with `guarded`, notes what guards those that do. */
  private extend(chain: readonly LockDependency[], guarded: boolean): boolean {
    if (this.steps++ > stepsMax) return false;
    const last = chain.at(-1)!;
    if (chain.length > 1 && waitsFor(last, chain[0]!)) {
      if (!guarded) return true;
      for (const [index, one] of chain.entries()) {
        for (const other of chain.slice(index + 1)) {
          for (const guard of commonGuards(one, other)) this.met.add(guard);
        }
      }
      return false;
    }
    if (chain.length >= this.lengthMax) return false;
    return this.waits.some((next) => {
      if (chain.includes(next) || !waitsFor(last, next)) return false;
      if (!guarded && chain.some((one) => commonGuards(one, next).length > 0)) return false;
      return this.extend([...chain, next], guarded);
    });
  }
}

function waitsFor(one: LockDependency, other: LockDependency): boolean {
  const { class: lockClass, mode } = one.wanted;
  return other.held.some(
    (entry, index) => index >= other.first && entry.class === lockClass && blocks(entry.mode, mode),
  );
}

/** An entry as a wait keeps it. */
export function heldMode({ lock, class: of, mode }: HeldEntry): HeldMode {
  return { lock, class: of.number, mode };
}

/** Where a lock was asked for while another was held. */
export function siteAt(
  held: HeldEntry,
  wanted: { readonly lock: number; readonly mode: number },
  event: TraceEvent,
  agent: AgentState,
): DependencySite {
  return {
    agent: agent.agent,
    held: held.lock,
    heldMode: held.mode,
    heldLine: held.line,
    heldPlace: held.place,
    heldIn: held.in,
    lock: wanted.lock,
    mode: wanted.mode,
    line: event.line,
    place: event.place,
    in: agent.calls.at(-1) ?? '',
  };
}
