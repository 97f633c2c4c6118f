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

/** Shapes of dependencies that close a cycle of lock classes, each blocking the one before it. */
export interface LockCycle {
  readonly shapes: readonly number[];
  /**
   * Lock instances each of which alone keeps two of the agents from being there at a time. Empty:
   * nothing does.
   */
  readonly guards: readonly number[];
  /** What a report says of it, once it has been asked for. */
  words?: CycleWords;
  /** Whether some execution has shown all of it. */
  met?: boolean;
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
/**
 * Search steps after which the search for cycles through one new edge gives up; how often it did is
 * told ({@link LockGraph.searchesCut}).
 */
const searchStepsMax = 200_000;

/**
 * The order graph: dependencies between lock classes, and the cycles that they close.
 *
 * Agents that do the same make dependencies of one *shape*: cycles are searched for among shapes,
 * or their number would grow with the power of the agents.
 */
export class LockGraph {
  readonly dependencies: Dependency[] = [];
  /** The shape of each dependency. */
  readonly shapeOf: number[] = [];
  /** The dependencies of each shape, one an agent. */
  readonly numbersOf: number[][] = [];
  /** The cycles that each shape is part of. */
  readonly cyclesOf: LockCycle[][] = [];
  /** Cycles so far. */
  cycleCount = 0;
  /** Searches that gave up: cycles through those edges may be missing. */
  searchesCut = 0;
  private readonly stepsMax: number;
  /** The first dependency of each shape, which stands for all: their agents are of no account. */
  private readonly shapes: Dependency[] = [];
  private readonly shapeNumbers = new Map<string, number>();
  private readonly numbers = new Map<string, number>();
  /** Shapes by the class that they start from. */
  private readonly fromClass = new Map<number, number[]>();
  private readonly subject: Subject;

  /** @param stepsMax - steps of the search for cycles through one new edge */
  constructor(subject: Subject, stepsMax: number = searchStepsMax) {
    this.subject = subject;
    this.stepsMax = stepsMax;
  }

  /** The number of this dependency; a new one is searched for cycles. */
  add(dependency: Dependency): number {
    const held = dependency.held.map((lock) => lock.object * 4 + lock.mode).join(' ');
    const { agent, from, to, toMode } = dependency;
    const shapeSignature = `${from.object * 4 + from.mode} ${to * 4 + toMode} ${held}`;
    const signature = `${agent} ${shapeSignature}`;
    const known = this.numbers.get(signature);
    if (known !== undefined) return known;
    const number = this.dependencies.push(dependency) - 1;
    this.numbers.set(signature, number);
    const shape =
      this.shapeNumbers.get(shapeSignature) ?? this.addShape(shapeSignature, dependency);
    this.shapeOf.push(shape);
    this.numbersOf[shape]!.push(number);
    return number;
  }

  /** How many shapes of dependencies there are. */
  get shapeCount(): number {
    return this.shapes.length;
  }

  private addShape(signature: string, dependency: Dependency): number {
    const shape = this.shapes.push(dependency) - 1;
    this.shapeNumbers.set(signature, shape);
    this.numbersOf.push([]);
    this.cyclesOf.push([]);
    const start = this.subject.classes[dependency.from.object]!;
    let list = this.fromClass.get(start);
    if (list === undefined) this.fromClass.set(start, (list = []));
    list.push(shape);
    this.search(shape);
    return shape;
  }

  /** How many edges each class that leads to `goal` is away from it, by class. */
  private distancesTo(goal: number): Map<number, number> {
    const { classes } = this.subject;
    const before = new Map<number, Set<number>>();
    for (const { from, to } of this.shapes) {
      const end = classes[to]!;
      let starts = before.get(end);
      if (starts === undefined) before.set(end, (starts = new Set()));
      starts.add(classes[from.object]!);
    }
    const distances = new Map([[goal, 0]]);
    const queue = [goal];
    for (let at = 0; at < queue.length; at++) {
      const distance = distances.get(queue[at]!)! + 1;
      for (const start of before.get(queue[at]!) ?? []) {
        if (distances.has(start)) continue;
        distances.set(start, distance);
        queue.push(start);
      }
    }
    return distances;
  }

  private search(first: number): void {
    const { subject } = this;
    const start = this.shapes[first]!;
    const goal = subject.classes[start.from.object]!;
    const distances = this.distancesTo(goal);
    if (!distances.has(subject.classes[start.to]!)) return;
    const path = [first];
    let steps = 0;
    const visit = (): void => {
      if (++steps > this.stepsMax) return;
      const last = this.shapes[path[path.length - 1]!]!;
      const here = subject.classes[last.to]!;
      if (here === goal) {
        if (blocks(start.from.mode, last.toMode)) this.found(path);
        return;
      }
      const most = cycleLengthMax - path.length - 1;
      for (const next of this.fromClass.get(here) ?? []) {
        const dependency = this.shapes[next]!;
        const reached = subject.classes[dependency.to]!;
        if ((distances.get(reached) ?? Infinity) > most) continue;
        const seen = path.some((one) => subject.classes[this.shapes[one]!.to] === reached);
        if (seen && reached !== goal) continue;
        if (!blocks(dependency.from.mode, last.toMode)) continue;
        path.push(next);
        visit();
        path.pop();
      }
    };
    visit();
    if (steps > this.stepsMax) this.searchesCut++;
  }

  private found(path: readonly number[]): void {
    const shapes = [...path];
    if (this.hasChord(shapes)) return;
    const cycle = { shapes, guards: this.guards(shapes) };
    this.cycleCount++;
    for (const one of new Set(shapes)) this.cyclesOf[one]!.push(cycle);
  }

  /** Whether an edge starts inside of the one before it: then a shorter cycle says the same. */
  private hasChord(path: readonly number[]): boolean {
    const { classes } = this.subject;
    return path.some((one, at) => {
      const before = this.shapes[path[(at + path.length - 1) % path.length]!]!;
      const start = classes[before.from.object];
      return (
        path.length > 2 && this.shapes[one]!.held.some((lock) => classes[lock.object] === start)
      );
    });
  }

  /** Locks that two of the sides hold in modes that exclude each other. */
  private guards(shapes: readonly number[]): number[] {
    const guards = new Set<number>();
    for (let i = 0; i < shapes.length; i++) {
      for (let j = i + 1; j < shapes.length; j++) {
        for (const one of this.shapes[shapes[i]!]!.held) {
          for (const other of this.shapes[shapes[j]!]!.held) {
            const exclude = one.mode === Mode.write || other.mode === Mode.write;
            if (one.object === other.object && exclude) guards.add(one.object);
          }
        }
      }
    }
    // A lock of the cycle itself is named as a guard only if there is no other.
    const members = new Set(
      shapes.map((one) => this.subject.classes[this.shapes[one]!.from.object]),
    );
    const outer = [...guards].filter((guard) => !members.has(this.subject.classes[guard]));
    return outer.length > 0 ? outer : [...guards];
  }
}
