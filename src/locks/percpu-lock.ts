import type { Agent } from './agent.ts';
import { ExclusiveLock } from './exclusive-lock.ts';
import { Flag, idMask, lineEpoch, LockKind, PercpuAt, ReaderLineAt, wordBytes } from './layout.ts';
import { Lock } from './lock.ts';
import type { LockOptions } from './waitable.ts';

/** The part of a line's state that counts shares. */
export const countMask: number = idMask;

/** Bytes of a percpu lock for a table of so many agents. */
export function percpuBytes(capacity: number): number {
  return (PercpuAt.readers + capacity * ReaderLineAt.size) * wordBytes;
}

/**
 * What the two modes of a percpu lock have in common: the lines of readers, and the gate, which the
 * writer holds.
 *
 *     line     count              so many shares are held
 *              + writer           a writer has announced itself: new readers wait
 *              + lineSleeps       its agent sleeps until the writer is out
 *              + epoch            bits that differ from those of who had the slot before
 */
export abstract class PercpuLock extends Lock {
  protected readonly gate: ExclusiveLock;
  protected readonly id: number;
  /** The state of this agent's line. */
  protected readonly lineAt: number;
  protected readonly heldAt: number;

  constructor(agent: Agent, offset: number, options: LockOptions) {
    const bytes = percpuBytes(agent.table.capacity);
    const kind = LockKind.percpuRwSemaphore;
    super(agent, offset, bytes, kind, options);
    this.gate = new ExclusiveLock(agent, offset, bytes, kind, PercpuAt.gate, options);
    this.id = agent.id;
    const line = this.lineOf(agent.slot);
    this.lineAt = line + ReaderLineAt.state;
    this.heldAt = line + ReaderLineAt.held;
    this.attachLine(line);
  }

  protected get asyncsAt(): number {
    return this.first + PercpuAt.asyncs;
  }

  /** First word of a slot's line. */
  protected lineOf(slot: number): number {
    return this.first + PercpuAt.readers + slot * ReaderLineAt.size;
  }

  /**
   * Takes back what a dead agent has on its line.
   *
   * @param seen - the line's state as it was when the agent was found dead, or before
   * @returns whether nobody else has
   */
  protected takeBack(line: number, seen: number): boolean {
    const { words } = this;
    const at = line + ReaderLineAt.state;
    const shares = seen & countMask;
    if (Atomics.compareExchange(words, at, seen, seen - shares) !== seen) return false;
    this.noteDied(shares, seen);
    return true;
  }

  private noteDied(shares: number, seen: number): void {
    const { words, first } = this;
    Atomics.add(words, first + PercpuAt.died, shares);
    Atomics.store(words, first + PercpuAt.news, 1);
    if ((seen & Flag.writer) !== 0) this.wakeWriter();
  }

  /** A share was given back while a writer waits: it looks again. */
  protected wakeWriter(): void {
    const { words, first } = this;
    this.wakeAt(first + PercpuAt.drains, 1);
    if (Atomics.load(words, first + PercpuAt.asyncWaiters) !== 0) this.wakeAsyncs();
  }

  /**
   * Makes the line this agent's. From then on writers look at it; one that is on its way already
   * may not: see `PercpuReadMode.enter`.
   */
  private attachLine(line: number): void {
    const { words, first, id } = this;
    if (Atomics.load(words, line + ReaderLineAt.id) === id) return;
    const at = line + ReaderLineAt.state;
    for (;;) {
      const seen = Atomics.load(words, at);
      const mine = (seen & Flag.writer) | lineEpoch(this.agent.generation);
      if (Atomics.compareExchange(words, at, seen, mine) !== seen) continue;
      const shares = seen & countMask;
      if (shares > 0) this.noteDied(shares, seen);
      break;
    }
    words[line + ReaderLineAt.held] = 0;
    Atomics.store(words, line + ReaderLineAt.id, id);
    for (;;) {
      const lines = Atomics.load(words, first + PercpuAt.lines);
      const wanted = this.agent.slot + 1;
      if (lines >= wanted) return;
      if (Atomics.compareExchange(words, first + PercpuAt.lines, lines, wanted) === lines) return;
    }
  }
}
