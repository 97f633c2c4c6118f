import { ClockVersions } from '../clock-versions.ts';
import { joined, knows, makeClock, roomFor, type VectorClock } from './vector-clock.ts';

/** What a lock has published. */
interface LockClock {
  /** Who released it last as a writer (-1: nobody), when, and the copy of what it knew. */
  writer: number;
  tick: number;
  version: number;
  /** What those published who completed it. */
  completers: VectorClock | undefined;
  readers: VectorClock | undefined;
  /** Who published last; -1 if several did. */
  last: number;
}

/** What each agent knows of the others, and what locks, forks and completions carry on. */
export class AgentClocks {
  /** By agent. */
  readonly clocks: VectorClock[] = [];
  /** By agent: the tick at which its present epoch began, that is, when it published last. */
  readonly epochs: number[] = [];
  /** By agent: the number of the copy of its present clock; -1: there is none. */
  private readonly copies: number[] = [];
  private versions = new ClockVersions();
  private readonly locks: (LockClock | undefined)[] = [];

  /** Counts an event of an agent; its number. */
  tick(agent: number): number {
    const clock = this.clock(agent);
    return (clock[agent] = clock[agent]! + 1);
  }

  clock(agent: number): VectorClock {
    const known = this.clocks[agent];
    if (known !== undefined) return known;
    while (this.clocks.length <= agent) {
      this.clocks.push(makeClock(this.clocks.length + 1));
      this.epochs.push(0);
      this.copies.push(-1);
    }
    return this.clocks[agent]!;
  }

  learn(agent: number, clock: VectorClock): void {
    this.clocks[agent] = joined(this.clock(agent), clock);
    this.copies[agent] = -1;
  }

  /** An agent learns what another knew at one of its events. */
  learnOf(agent: number, other: number, tick: number, version: number): void {
    const own = roomFor(this.versions.joinInto(version, this.clock(agent)), other);
    this.copies[agent] = -1;
    if (own[other]! < tick) own[other] = tick;
    this.clocks[agent] = own;
  }

  /** The number of a copy of what an agent knows now: the same until it learns more. */
  copy(agent: number): number {
    const known = this.copies[agent]!;
    if (known !== -1) return known;
    return (this.copies[agent] = this.versions.add(this.clock(agent)));
  }

  /** Numbers that all copies take. */
  get copiesSize(): number {
    return this.versions.size;
  }

  /**
   * Gives all copies new numbers, and forgets those that are not asked for.
   *
   * @param visit - gets the function that tells the new number of a copy that is kept
   */
  renumberCopies(visit: (renumbered: (version: number) => number) => void): void {
    const before = this.versions;
    const after = new ClockVersions();
    const numbers = new Int32Array(before.count).fill(-1);
    visit((version) => {
      if (numbers[version] === -1) numbers[version] = after.add(before.view(version));
      return numbers[version]!;
    });
    for (const lock of this.locks) {
      if (lock === undefined || lock.version === -1) continue;
      if (numbers[lock.version] === -1) {
        numbers[lock.version] = after.add(before.view(lock.version));
      }
      lock.version = numbers[lock.version]!;
    }
    this.versions = after;
    this.copies.fill(-1);
  }

  fork(parent: number, child: number): void {
    this.learn(child, this.clock(parent));
    this.publish(parent);
  }

  join(parent: number, child: number): void {
    this.learn(parent, this.clock(child));
  }

  /**
   * Whoever knows of a release knows all that the releaser knew then: only one that is news is
   * learned. Of a lock that goes from hand to hand that is seldom the case, as its agents have
   * mostly learned of each other meanwhile.
   */
  acquire(agent: number, lock: number, shared: boolean): void {
    const known = this.locks[lock];
    if (known === undefined || known.last === agent) return;
    const { writer, tick, version, completers, readers } = known;
    const news = writer !== -1 && writer !== agent && !knows(this.clock(agent), writer, tick);
    if (news) this.learnOf(agent, writer, tick, version);
    if (completers !== undefined) this.learn(agent, completers);
    if (!shared && readers !== undefined) this.learn(agent, readers);
  }

  release(agent: number, lock: number, shared: boolean): void {
    const clock = this.clock(agent);
    const known = this.lock(lock, agent);
    if (shared) {
      known.readers = known.readers === undefined ? clock.slice() : joined(known.readers, clock);
      if (known.last !== agent) known.last = -1;
    } else {
      known.writer = agent;
      known.tick = clock[agent]!;
      known.version = this.copy(agent);
      known.completers = undefined;
      known.readers = undefined;
      known.last = agent;
    }
    this.publish(agent);
  }

  /** Several may complete before somebody awaits: all of them are before it. */
  complete(agent: number, completion: number): void {
    const clock = this.clock(agent);
    const known = this.lock(completion, agent);
    const { completers } = known;
    known.completers = completers === undefined ? clock.slice() : joined(completers, clock);
    if (known.last !== agent) known.last = -1;
    this.publish(agent);
  }

  private lock(lock: number, agent: number): LockClock {
    return (this.locks[lock] ??= {
      writer: -1,
      tick: 0,
      version: -1,
      completers: undefined,
      readers: undefined,
      last: agent,
    });
  }

  private publish(agent: number): void {
    this.epochs[agent] = this.clocks[agent]![agent]! + 1;
  }

  published(agent: number): void {
    this.publish(agent);
  }
}
