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
 * can be placed in the order: see `tryAcquire`.
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
      // The failure's number must lie between those of the owner's acquire and release. The owner's
      // word stands from after the first to before the second; that it is the same tenure, the
      // owner's own count of operations says.
      const owner = Atomics.load(memory, object + MutexAt.owner);
      if (owner === 0) continue;
      const count = agentLine(owner - 1) + AgentAt.logLength;
      const before = Atomics.load(this.context.control, count);
      if (Atomics.load(memory, object + MutexAt.owner) !== owner) continue;
      const sequence = this.context.clocks.raise(object);
      if (Atomics.load(memory, object + MutexAt.owner) !== owner) continue;
      const after = Atomics.load(this.context.control, count);
      // Two entries more could be a release and another acquire.
      if (after - before >= 2) continue;
      this.context.log(sequence, Kind.tryAcquire, object, 0);
      return 0;
    }
  }

  release(object: number): number {
    const { memory, agent } = this.context;
    const state = object + MutexAt.state;
    const held = Atomics.load(memory, object + MutexAt.owner) === agent + 1;
    Atomics.store(memory, object + MutexAt.owner, 0);
    this.context.log(this.context.clocks.raise(object), Kind.release, object, held ? 1 : 0);
    releaseWord(memory, state, agent + 1);
    return held ? 1 : 0;
  }

  private taken(kind: number, object: number): number {
    const { memory, agent } = this.context;
    this.context.log(this.context.clocks.raise(object), kind, object, 1);
    Atomics.store(memory, object + MutexAt.owner, agent + 1);
    return 1;
  }
}
