import type { Subject } from '../trace/subject.ts';
import type { HeldLock, Level } from './finding.ts';
import { blocks } from './lock-chains.ts';
import { Mode } from './held-locks.ts';

/**
 * An agent asked for a lock while it held another: an edge of the lock order, with all that it
 * held.
 */
export interface Dependency {
  readonly agent: number;
  /** The held lock that the edge starts from. */
  readonly from: HeldLock;
  readonly to: number;
  readonly toMode: number;
  /** All that the agent held, `from` included; outermost first. */
  readonly held: readonly HeldLock[];
}

/** Dependencies that close a cycle of lock classes, each blocking the one before it. */
export interface LockCycle {
  readonly dependencies: readonly number[];
  /**
   * Lock instances each of which alone keeps two of the agents from being there at a time. Empty:
   * nothing does.
   */
  readonly guards: readonly number[];
  /** What a report says of it, once it has been asked for. */
  words?: CycleWords;
}

/** The parts of a finding that every execution which shows the cycle shares. */
export interface CycleWords {
  readonly level: Level;
  readonly title: string;
  readonly key: string;
}

/**
 * Cycles longer than this are not searched for (lockdep's own limit is its queue of 4,096 entries).
 */
const cycleLengthMax = 8;
/** Search steps after which the search for cycles through one new edge gives up. */
const searchStepsMax = 20_000;

/** The order graph: dependencies between lock classes, and the cycles that they close. */
export class LockGraph {
  readonly dependencies: Dependency[] = [];
  /** The cycles that each dependency is part of. */
  readonly cyclesOf: LockCycle[][] = [];
  private readonly numbers = new Map<string, number>();
  private readonly fromClass = new Map<number, number[]>();
  private readonly subject: Subject;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** The number of this dependency; a new one is searched for cycles. */
  add(dependency: Dependency): number {
    const held = dependency.held.map((lock) => lock.object * 4 + lock.mode).join(' ');
    const { agent, from, to, toMode } = dependency;
    const signature = `${agent} ${from.object * 4 + from.mode} ${to * 4 + toMode} ${held}`;
    const known = this.numbers.get(signature);
    if (known !== undefined) return known;
    const number = this.dependencies.push(dependency) - 1;
    this.numbers.set(signature, number);
    this.cyclesOf.push([]);
    const start = this.subject.classes[from.object]!;
    let list = this.fromClass.get(start);
    if (list === undefined) this.fromClass.set(start, (list = []));
    list.push(number);
    this.search(number);
    return number;
  }

  private search(first: number): void {
    const { subject } = this;
    const start = this.dependencies[first]!;
    const goal = subject.classes[start.from.object]!;
    const path = [first];
    let steps = 0;
    const visit = (): void => {
      if (++steps > searchStepsMax) return;
      const last = this.dependencies[path[path.length - 1]!]!;
      const here = subject.classes[last.to]!;
      if (here === goal) {
        if (blocks(start.from.mode, last.toMode)) this.found(path);
        return;
      }
      if (path.length === cycleLengthMax) return;
      for (const next of this.fromClass.get(here) ?? []) {
        const dependency = this.dependencies[next]!;
        const reached = subject.classes[dependency.to]!;
        const seen = path.some((one) => subject.classes[this.dependencies[one]!.to] === reached);
        if (seen && reached !== goal) continue;
        if (!blocks(dependency.from.mode, last.toMode)) continue;
        path.push(next);
        visit();
        path.pop();
      }
    };
    visit();
  }

  private found(path: readonly number[]): void {
    const dependencies = [...path];
    if (this.hasChord(dependencies)) return;
    const cycle = { dependencies, guards: this.guards(dependencies) };
    for (const one of new Set(dependencies)) this.cyclesOf[one]!.push(cycle);
  }

  /** Whether an edge starts inside of the one before it: then a shorter cycle says the same. */
  private hasChord(path: readonly number[]): boolean {
    const { classes } = this.subject;
    return path.some((one, at) => {
      const before = this.dependencies[path[(at + path.length - 1) % path.length]!]!;
      const start = classes[before.from.object];
      return (
        path.length > 2 &&
        this.dependencies[one]!.held.some((lock) => classes[lock.object] === start)
      );
    });
  }

  /** Locks that two of the dependencies hold in modes that exclude each other. */
  private guards(dependencies: readonly number[]): number[] {
    const guards = new Set<number>();
    for (let i = 0; i < dependencies.length; i++) {
      for (let j = i + 1; j < dependencies.length; j++) {
        for (const one of this.dependencies[dependencies[i]!]!.held) {
          for (const other of this.dependencies[dependencies[j]!]!.held) {
            const exclude = one.mode === Mode.write || other.mode === Mode.write;
            if (one.object === other.object && exclude) guards.add(one.object);
          }
        }
      }
    }
    // A lock of the cycle itself is named as a guard only if there is no other.
    const members = new Set(
      dependencies.map((one) => this.subject.classes[this.dependencies[one]!.from.object]),
    );
    const outer = [...guards].filter((guard) => !members.has(this.subject.classes[guard]));
    return outer.length > 0 ? outer : [...guards];
  }
}
