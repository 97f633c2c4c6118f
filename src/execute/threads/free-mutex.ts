import { changed, releaseWord, stepOn, takeWord } from '../../locks/futex-word.ts';
import { Flag } from '../../locks/layout.ts';
import { Kind } from '../../program/kinds.ts';
import { MutexAt } from '../../program/layout.ts';
import { AgentAt, agentLine } from './control.ts';
import type { FreeContext } from './free-agent.ts';

/** Attempts before a waiter sleeps. */
const spinsMax = 60;

/**
 * The mutex of `heddle/locks` (`locks/futex-word.ts`), with the numbers that a log needs. The
 * owner's own word is written after the number is taken and cleared before, so that a failed try
 * can be placed in the order: see `tryAcquire`. It is cleared once for each tenure, by its owner or
 * by whoever else ends it: see `end`.
 */
export class FreeMutex {
  private readonly context: FreeContext;

  constructor(context: FreeContext) {
    this.context = context;
  }

  acquire(object: number, spins: boolean): number {
    const { memory, agent } = this.context;
    const state = object + MutexAt.state;
    const id = agent + 1;
    for (let left = spins ? spinsMax * 16 : spinsMax; left > 0; left--) {
      if (takeWord(memory, state, id)) return this.taken(Kind.acquire, object);
    }
    for (;;) {
      const seen = Atomics.load(memory, state);
      const found = stepOn(memory, state, seen, id | Flag.sleepers, Flag.sleepers);
      if (found === 0) return this.taken(Kind.acquire, object);
      if (found !== changed) this.context.sleep(Kind.acquire, object, memory, state, found);
    }
  }

  tryAcquire(object: number): number {
    const { memory, agent } = this.context;
    const state = object + MutexAt.state;
    for (;;) {
      if (takeWord(memory, state, agent + 1)) return this.taken(Kind.tryAcquire, object);
      // The failure's number must lie between those of the owner's acquire and of the tenure's end.
      // The owner's word stands from after the first to before the second; that it is the same
      // tenure, the owner's own count of operations says: another one begins with an acquire.
      const owner = Atomics.load(memory, object + MutexAt.owner);
      if (owner === 0) continue;
      const count = agentLine(owner - 1) + AgentAt.logLength;
      const before = Atomics.load(this.context.control, count);
      if (Atomics.load(memory, object + MutexAt.owner) !== owner) continue;
      const sequence = this.context.clocks.raise(object);
      if (Atomics.load(memory, object + MutexAt.owner) !== owner) continue;
      const after = Atomics.load(this.context.control, count);
      if (after !== before) continue;
      this.context.log(sequence, Kind.tryAcquire, object, 0);
      return 0;
    }
  }

  release(object: number): number {
    const { memory, agent, clocks } = this.context;
    const id = agent + 1;
    if (Atomics.compareExchange(memory, object + MutexAt.owner, id, 0) !== id) {
      return this.end(Kind.release, object);
    }
    this.context.log(clocks.raise(object), Kind.release, object, 1);
    releaseWord(memory, object + MutexAt.state, id);
    return 1;
  }

  /** Nobody holds it from now on. */
  init(object: number): number {
    return this.end(Kind.initLock, object);
  }

  /**
   * Ends a tenure that is not this agent's. Whoever clears the owner's word has ended it, and only
   * one can; a free lock is kept from the others meanwhile. So nobody takes the lock or lets it go
   * between this operation's number and its effect.
   */
  private end(kind: number, object: number): number {
    const { memory, agent, clocks } = this.context;
    const state = object + MutexAt.state;
    const owner = object + MutexAt.owner;
    while (!takeWord(memory, state, agent + 1)) {
      // 0: somebody is taking it, or letting it go.
      const whose = Atomics.load(memory, owner);
      if (whose !== 0 && Atomics.compareExchange(memory, owner, whose, 0) === whose) break;
    }
    const number = kind === Kind.initLock ? clocks.fence(object) : clocks.raise(object);
    this.context.log(number, kind, object, 0);
    releaseWord(memory, state, agent + 1);
    return 0;
  }

  private taken(kind: number, object: number): number {
    const { memory, agent } = this.context;
    this.context.log(this.context.clocks.raise(object), kind, object, 1);
    Atomics.store(memory, object + MutexAt.owner, agent + 1);
    return 1;
  }
}
