import { Kind } from '../../program/kinds.ts';
import { notGranted } from '../../program/operation-table.ts';
import { readerCountAt, RwAt } from '../../program/layout.ts';
import type { FreeContext } from './free-agent.ts';
import { releaseSpin, takeSpin } from './spin.ts';

/**
 * The per-CPU reader/writer semaphore (kernel/locking/percpu-rwsem.c, since v5.7): a reader counts
 * itself in on a cache line of its own and only reads the writers' words; a writer announces
 * itself, which stops new readers, and waits until those inside have left.
 *
 * Numbers: a reader has a clock on its line, and the writers have one. A reader takes its number
 * after the writers' clock; that it finds no writer before and after says that it came before any
 * announcement. A writer takes the number of its announcement, when that is visible, and that of
 * its grant, when the last reader has left, after the clocks of all readers.
 */
export class FreePercpu {
  private readonly context: FreeContext;
  private readonly agents: number;
  /** Where the readers' lines of an object are; made once. */
  private readonly lines: number[];

  constructor(context: FreeContext, agents: number) {
    this.context = context;
    this.agents = agents;
    this.lines = Array.from({ length: agents }, () => 0);
  }

  perform(kind: number, object: number): number {
    switch (kind) {
      case Kind.readAcquire:
        return this.readAcquire(object);
      case Kind.readTryAcquire:
        return this.readTryAcquire(object);
      case Kind.readRelease:
        return this.readRelease(object);
      case Kind.writeAcquire:
        return this.writeAcquire(object);
      case Kind.writeTryAcquire:
        return this.writeTryAcquire(object);
      case Kind.writeRelease:
        return this.writeRelease(object);
      default:
        return this.downgrade(object);
    }
  }

  private readAcquire(object: number): number {
    const { context } = this;
    const { memory } = context;
    for (;;) {
      if (this.enter(object, Kind.readAcquire)) return 1;
      const seen = Atomics.load(memory, object + RwAt.futex);
      if (this.writerWants(object))
        context.sleep(Kind.readAcquire, object, memory, object + RwAt.futex, seen);
    }
  }

  private readTryAcquire(object: number): number {
    const { context } = this;
    const { memory } = context;
    for (;;) {
      if (this.enter(object, Kind.readTryAcquire)) return 1;
      // Writers come and go under the guard only, so under it the failure is certain.
      takeSpin(memory, object + RwAt.guard);
      const fails = this.writerWants(object);
      if (fails) context.log(context.clocks.step(object), Kind.readTryAcquire, object, 0);
      releaseSpin(memory, object + RwAt.guard);
      if (fails) return 0;
    }
  }

  /** Counts this reader in, unless a writer is there or wants in. */
  private enter(object: number, kind: number): boolean {
    const { context } = this;
    const { memory } = context;
    const mine = readerCountAt(memory, object, context.agent);
    Atomics.add(memory, mine + RwAt.moves, 1);
    Atomics.add(memory, mine, 1);
    if (!this.writerWants(object)) {
      const sequence = context.clocks.stepBeside(mine, object);
      if (!this.writerWants(object)) {
        context.log(sequence, kind, object, 1);
        Atomics.add(memory, mine + RwAt.moves, 1);
        return true;
      }
    }
    Atomics.sub(memory, mine, 1);
    Atomics.add(memory, mine + RwAt.moves, 1);
    this.wake(object);
    return false;
  }

  private readRelease(object: number): number {
    const { context } = this;
    const { memory } = context;
    const mine = readerCountAt(memory, object, context.agent);
    const held = Atomics.load(memory, mine) > 0;
    Atomics.add(memory, mine + RwAt.moves, 1);
    context.log(context.clocks.stepBeside(mine, object), Kind.readRelease, object, held ? 1 : 0);
    if (held) Atomics.sub(memory, mine, 1);
    Atomics.add(memory, mine + RwAt.moves, 1);
    if (this.writerWants(object)) this.wake(object);
    return held ? 1 : 0;
  }

  private writeAcquire(object: number): number {
    const { context } = this;
    const { memory, agent } = context;
    takeSpin(memory, object + RwAt.guard);
    Atomics.or(memory, object + RwAt.queued, 1 << agent);
    const announced = this.stepAfterReaders(object);
    // A reader that is on its way out may have its number before the announcement: then this writer
    // did not queue.
    while (Atomics.load(memory, object + RwAt.writer) === 0 && !this.readerStays(object)) {
      if (!this.empty(object)) continue;
      this.enterWriting(object, Kind.writeAcquire);
      return 1;
    }
    context.log(announced, Kind.writeAcquire, object, notGranted);
    releaseSpin(memory, object + RwAt.guard);
    for (;;) {
      const seen = Atomics.load(memory, object + RwAt.futex);
      takeSpin(memory, object + RwAt.guard);
      if (this.empty(object)) {
        this.enterWriting(object, Kind.writeGrant);
        return 1;
      }
      releaseSpin(memory, object + RwAt.guard);
      context.sleep(Kind.writeGrant, object, memory, object + RwAt.futex, seen);
    }
  }

  private writeTryAcquire(object: number): number {
    const { context } = this;
    const { memory, agent } = context;
    takeSpin(memory, object + RwAt.guard);
    Atomics.or(memory, object + RwAt.queued, 1 << agent);
    for (;;) {
      if (this.empty(object)) {
        this.enterWriting(object, Kind.writeTryAcquire);
        return 1;
      }
      // A reader that is on its way has, or will have, its number before or after this: only one
      // that stays counts.
      const sequence = this.stepAfterReaders(object);
      if (Atomics.load(memory, object + RwAt.writer) !== 0 || this.readerStays(object)) {
        context.log(sequence, Kind.writeTryAcquire, object, 0);
        break;
      }
    }
    Atomics.and(memory, object + RwAt.queued, ~(1 << agent));
    releaseSpin(memory, object + RwAt.guard);
    this.wake(object);
    return 0;
  }

  private writeRelease(object: number): number {
    const { context } = this;
    const { memory, agent } = context;
    takeSpin(memory, object + RwAt.guard);
    const held = Atomics.load(memory, object + RwAt.writer) === agent + 1;
    context.log(context.clocks.step(object), Kind.writeRelease, object, held ? 1 : 0);
    Atomics.store(memory, object + RwAt.writer, 0);
    releaseSpin(memory, object + RwAt.guard);
    this.wake(object);
    return held ? 1 : 0;
  }

  private downgrade(object: number): number {
    const { context } = this;
    const { memory, agent } = context;
    takeSpin(memory, object + RwAt.guard);
    const held = Atomics.load(memory, object + RwAt.writer) === agent + 1;
    Atomics.add(memory, readerCountAt(memory, object, agent), 1);
    context.log(context.clocks.step(object), Kind.downgrade, object, held ? 1 : 0);
    Atomics.store(memory, object + RwAt.writer, 0);
    releaseSpin(memory, object + RwAt.guard);
    this.wake(object);
    return held ? 1 : 0;
  }

  /** A number of a writer's: above those of all who have read so far. The guard is held. */
  private stepAfterReaders(object: number): number {
    const { context, lines } = this;
    for (let agent = 0; agent < this.agents; agent++) {
      lines[agent] = readerCountAt(context.memory, object, agent);
    }
    return context.clocks.stepAfter(object, lines);
  }

  /** Becomes the writer; the guard is held, and given back. */
  private enterWriting(object: number, kind: number): void {
    const { context } = this;
    const { memory, agent } = context;
    context.log(this.stepAfterReaders(object), kind, object, 1);
    Atomics.store(memory, object + RwAt.writer, agent + 1);
    Atomics.and(memory, object + RwAt.queued, ~(1 << agent));
    releaseSpin(memory, object + RwAt.guard);
  }

  private writerWants(object: number): boolean {
    const { memory } = this.context;
    return (
      Atomics.load(memory, object + RwAt.writer) !== 0 ||
      Atomics.load(memory, object + RwAt.queued) !== 0
    );
  }

  private empty(object: number): boolean {
    const { memory } = this.context;
    if (Atomics.load(memory, object + RwAt.writer) !== 0) return false;
    for (let agent = 0; agent < this.agents; agent++) {
      if (Atomics.load(memory, readerCountAt(memory, object, agent)) !== 0) return false;
    }
    return true;
  }

  /**
   * Whether some reader is inside, and neither on its way in nor out: read as a seqlock's reader
   * does.
   */
  private readerStays(object: number): boolean {
    const { memory } = this.context;
    for (let agent = 0; agent < this.agents; agent++) {
      const at = readerCountAt(memory, object, agent);
      const moves = Atomics.load(memory, at + RwAt.moves);
      if ((moves & 1) !== 0 || Atomics.load(memory, at) === 0) continue;
      if (Atomics.load(memory, at + RwAt.moves) === moves) return true;
    }
    return false;
  }

  private wake(object: number): void {
    const { memory } = this.context;
    Atomics.add(memory, object + RwAt.futex, 1);
    Atomics.notify(memory, object + RwAt.futex);
  }
}
