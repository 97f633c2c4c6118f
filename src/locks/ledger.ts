import type { Agent } from './agent.ts';
import { Flag, heldBase, heldMask, heldZero, LedgerAt } from './layout.ts';

/** Words of a lock: what all agents hold, and what was taken back of dead ones. */
export interface LedgerCounts {
  readonly stateAt: number;
  readonly diedAt: number;
}

/** How many shares a word of the ledger says. */
function countOf(held: number): number {
  return (held & heldMask) - heldZero;
}

/**
 * What each agent has of a lock that counts: shares of a reader/writer lock, permits of a
 * semaphore. It is how the owner check knows who may release, and how a dead agent's part is taken
 * back.
 *
 * An agent's own count is written with plain stores, beside the atomic operation on the lock's
 * state: an atomic store is a locked instruction more in each call. So these are data races, which
 * the proof of the locks allows by name: only the agent itself writes there, a word is read whole,
 * and others use what they read only after its death, or show it to a debugger. A worker thread
 * dies at the entry of a function, at the end of a loop's turn, or in a wait, never between the
 * two, as no call lies between them. Likewise what a dead agent held is taken off the state with no
 * call between, so that it is not lost if who takes it back dies as well.
 */
export class Ledger {
  private readonly agent: Agent;
  private readonly words: Int32Array;
  private readonly first: number;
  private readonly counts: LedgerCounts;
  /** This agent's entry. */
  private readonly mine: number;
  /** What the word at `heldAt` is when this agent holds nothing. */
  readonly none: number;

  /**
   * @param first - index of slot 0's entry
   * @param counts - words of the lock that what a dead agent held is taken off, and added to
   */
  constructor(agent: Agent, first: number, counts: LedgerCounts) {
    this.agent = agent;
    this.words = agent.words;
    this.first = first;
    this.counts = counts;
    this.mine = first + agent.slot * LedgerAt.size;
    this.none = heldBase(agent.generation);
  }

  /** Index of the word with what this agent holds, for plain stores. */
  get heldAt(): number {
    return this.mine + LedgerAt.held;
  }

  /**
   * Enters this agent.
   *
   * @returns what somebody who had the slot before held when it died, and is taken back now
   */
  enter(): number {
    const { words, mine, agent, counts } = this;
    if (Atomics.load(words, mine + LedgerAt.id) === agent.id) return 0;
    const left = Atomics.exchange(words, mine + LedgerAt.held, this.none);
    const count = left === 0 ? 0 : (left & heldMask) - heldZero;
    if (count > 0) {
      Atomics.or(words, counts.stateAt, Flag.holderDied);
      Atomics.sub(words, counts.stateAt, count);
      Atomics.add(words, counts.diedAt, count);
    }
    Atomics.store(words, mine + LedgerAt.wants, 0);
    Atomics.store(words, mine + LedgerAt.id, agent.id);
    return Math.max(0, count);
  }

  /** Takes back what dead agents hold, off the lock's state; how much that is. */
  takeFromDead(): number {
    let taken = 0;
    for (let slot = 0; slot < this.agent.table.capacity; slot++) {
      taken += this.takeFromSlot(this.first + slot * LedgerAt.size);
    }
    return taken;
  }

  /** Notes that this agent wants something, or wants it no longer. */
  want(change: 1 | -1): void {
    Atomics.add(this.words, this.mine + LedgerAt.wants, change);
  }

  /** Whether a live agent wants something. */
  get wanted(): boolean {
    const { words } = this;
    for (let slot = 0; slot < this.agent.table.capacity; slot++) {
      const at = this.first + slot * LedgerAt.size;
      if (Atomics.load(words, at + LedgerAt.wants) === 0) continue;
      if (!this.isDead(Atomics.load(words, at + LedgerAt.id))) return true;
    }
    return false;
  }

  /** What each live agent holds, by its number, for debuggers. */
  holders(): Map<number, number> {
    const { words } = this;
    const holders = new Map<number, number>();
    for (let slot = 0; slot < this.agent.table.capacity; slot++) {
      const at = this.first + slot * LedgerAt.size;
      const id = Atomics.load(words, at + LedgerAt.id);
      const held = Atomics.load(words, at + LedgerAt.held);
      if (held !== 0 && countOf(held) !== 0) holders.set(id, countOf(held));
    }
    return holders;
  }

  /** Whether any agent that has ever been here died, as far as its slot still says so. */
  get hasDead(): boolean {
    for (let slot = 0; slot < this.agent.table.capacity; slot++) {
      const id = Atomics.load(this.words, this.first + slot * LedgerAt.size + LedgerAt.id);
      if (id !== 0 && this.agent.table.hasDied(id)) return true;
    }
    return false;
  }

  /** Takes back what an agent holds, if it is dead. */
  private takeFromSlot(at: number): number {
    const { words, counts } = this;
    const held = Atomics.load(words, at + LedgerAt.held);
    const count = held === 0 ? 0 : countOf(held);
    if (count <= 0 || !this.isDead(Atomics.load(words, at + LedgerAt.id))) return 0;
    // Whoever gets it is the one who takes it off the lock's state.
    if (Atomics.compareExchange(words, at + LedgerAt.held, held, held - count) !== held) return 0;
    Atomics.or(words, counts.stateAt, Flag.holderDied);
    Atomics.sub(words, counts.stateAt, count);
    Atomics.add(words, counts.diedAt, count);
    return count;
  }

  private isDead(id: number): boolean {
    return id !== 0 && !this.agent.table.isAlive(id);
  }
}
