import { Kind } from '../../program/kinds.ts';
import { MutexAt } from '../../program/layout.ts';
import { AgentAt, agentLine } from './control.ts';
import type { FreeContext } from './free-agent.ts';

/** The futex word: free; taken; taken, and somebody sleeps on it. */
const State = { free: 0, taken: 1, contended: 2 } as const;

/** Attempts before a waiter sleeps. */
const spinsMax = 60;

/**
 * The three-state futex mutex (Drepper, "Futexes Are Tricky", 2011, section 6, mutex2),
 * owner-checked. The owner's word is written after the number is taken and cleared before, so that
 * a failed try can be placed in the order: see `tryAcquire`.
 */
export class FreeMutex {
  private readonly context: FreeContext;

  constructor(context: FreeContext) {
    this.context = context;
  }

  acquire(object: number, spins: boolean): number {
    const { memory } = this.context;
    const state = object + MutexAt.state;
    let seen = Atomics.compareExchange(memory, state, State.free, State.taken);
    for (let left = spins ? spinsMax * 16 : spinsMax; seen !== State.free && left > 0; left--) {
      seen = Atomics.compareExchange(memory, state, State.free, State.taken);
    }
    if (seen !== State.free) {
      while (Atomics.exchange(memory, state, State.contended) !== State.free) {
        this.context.sleep(Kind.acquire, object, memory, state, State.contended);
      }
    }
    return this.taken(Kind.acquire, object);
  }

  tryAcquire(object: number): number {
    const { memory } = this.context;
    const state = object + MutexAt.state;
    for (;;) {
      if (Atomics.compareExchange(memory, state, State.free, State.taken) === State.free) {
        return this.taken(Kind.tryAcquire, object);
      }
      // The failure's number must lie between those of the owner's acquire and release. The owner's
      // word stands from after the first to before the second; that it is the same tenure, the
      // owner's own count of operations says.
      const owner = Atomics.load(memory, object + MutexAt.owner);
      if (owner === 0) continue;
      const count = agentLine(owner - 1) + AgentAt.logLength;
      const before = Atomics.load(this.context.control, count);
      if (Atomics.load(memory, object + MutexAt.owner) !== owner) continue;
      const sequence = this.context.next();
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
    this.context.log(this.context.next(), Kind.release, object, held ? 1 : 0);
    if (Atomics.exchange(memory, state, State.free) === State.contended)
      Atomics.notify(memory, state, 1);
    return held ? 1 : 0;
  }

  private taken(kind: number, object: number): number {
    const { memory, agent } = this.context;
    this.context.log(this.context.next(), kind, object, 1);
    Atomics.store(memory, object + MutexAt.owner, agent + 1);
    return 1;
  }
}
