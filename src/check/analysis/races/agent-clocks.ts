import { ClockVersions } from '../clock-versions.ts';
import { joined, knows, makeClock, roomFor, type VectorClock } from './vector-clock.ts';

/** Where the numbers stand of what a lock has published. Agents are stored as agent + 1. */
const Lock = {
  /** Who released it last as a writer (0: nobody), when, and the copy of what it knew. */
  writer: 0,
  tick: 1,
  version: 2,
  /** Who published last (0: nobody yet); -1 if several did. */
  last: 3,
} as const;
const lockWidth = 4;

/** What several have published at a lock. */
interface PublishedTogether {
  /** What those published who completed it. */
  completers: VectorClock | undefined;
  readers: VectorClock | undefined;
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
  private locks = new Int32Array(lockWidth * 64);
  /** By lock, where there is any. */
  private readonly together: (PublishedTogether | undefined)[] = [];

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
    const { locks } = this;
    for (let at = 0; at < locks.length; at += lockWidth) {
      if (locks[at + Lock.writer] === 0) continue;
      const version = locks[at + Lock.version]!;
      if (numbers[version] === -1) numbers[version] = after.add(before.view(version));
      locks[at + Lock.version] = numbers[version]!;
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
    const { locks } = this;
    const at = lock * lockWidth;
    // Beyond the end of the numbers nobody has published.
    const last = at < locks.length ? locks[at + Lock.last]! : 0;
    if (last === 0 || last === agent + 1) return;
    const writer = locks[at + Lock.writer]! - 1;
    const tick = locks[at + Lock.tick]!;
    const news = writer !== -1 && writer !== agent && !knows(this.clock(agent), writer, tick);
    if (news) this.learnOf(agent, writer, tick, locks[at + Lock.version]!);
    const together = this.together[lock];
    if (together === undefined) return;
    const { completers, readers } = together;
    if (completers !== undefined) this.learn(agent, completers);
    if (!shared && readers !== undefined) this.learn(agent, readers);
  }

  release(agent: number, lock: number, shared: boolean): void {
    const clock = this.clock(agent);
    const at = this.at(lock);
    const { locks } = this;
    if (shared) {
      const known = this.togetherAt(lock, agent);
      known.readers = known.readers === undefined ? clock.slice() : joined(known.readers, clock);
    } else {
      locks[at + Lock.writer] = agent + 1;
      locks[at + Lock.tick] = clock[agent]!;
      locks[at + Lock.version] = this.copy(agent);
      locks[at + Lock.last] = agent + 1;
      if (this.together[lock] !== undefined) this.together[lock] = undefined;
    }
    this.publish(agent);
  }

  /** Several may complete before somebody awaits: all of them are before it. */
  complete(agent: number, completion: number): void {
    const clock = this.clock(agent);
    const known = this.togetherAt(completion, agent);
    const { completers } = known;
    known.completers = completers === undefined ? clock.slice() : joined(completers, clock);
    this.publish(agent);
  }

  /** What several publish at a lock, of whom one does so now. */
  private togetherAt(lock: number, agent: number): PublishedTogether {
    const at = this.at(lock) + Lock.last;
    const { locks } = this;
    if (locks[at] === 0) locks[at] = agent + 1;
    else if (locks[at] !== agent + 1) locks[at] = -1;
    return (this.together[lock] ??= { completers: undefined, readers: undefined });
  }

  /** Where a lock's numbers begin. */
  private at(lock: number): number {
    const at = lock * lockWidth;
    if (at >= this.locks.length) {
      const larger = new Int32Array(Math.max(at + lockWidth, this.locks.length * 2));
      larger.set(this.locks);
      this.locks = larger;
    }
    return at;
  }

  private publish(agent: number): void {
    this.epochs[agent] = this.clocks[agent]![agent]! + 1;
  }

  published(agent: number): void {
    this.publish(agent);
  }
}
