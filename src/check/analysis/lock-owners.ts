import { Mode } from '../../trace/format/operation.ts';
import type { TraceNames } from '../../trace/format/trace-names.ts';
import type { LockClasses } from './lock-classes.ts';

/** Whether it is known who holds a lock. */
const Trust = {
  unasked: 0,
  known: 1,
  /** It was freed while held, or released by another; or it keeps nobody out. */
  lost: 2,
} as const;

/** Who holds which lock. */
export class LockOwners {
  /** By lock: the writer + 1; 0: nobody. */
  private writers = new Int32Array(64);
  private trust = new Uint8Array(64);
  /** By lock, where there ever was one. */
  private readonly readers: (number[] | undefined)[] = [];
  private readonly names: TraceNames;
  private readonly classes: LockClasses;

  constructor(names: TraceNames, classes: LockClasses) {
    this.names = names;
    this.classes = classes;
  }

  /** Who stands in the way of an agent that acquires a lock; -1: nobody, or nobody is known. */
  inTheWay(lock: number, agent: number, mode: number): number {
    if (lock >= this.writers.length) this.grow(lock);
    if (this.trust[lock] === Trust.unasked) {
      const keepsApart = this.classes.excludes(lock) && this.names.options.exclusive;
      this.trust[lock] = keepsApart ? Trust.known : Trust.lost;
    }
    if (this.trust[lock] === Trust.lost) return -1;
    const writer = this.writers[lock]! - 1;
    const readers = this.readers[lock];
    if ((writer === -1 || writer === agent) && readers === undefined) return -1;
    // Readers of a sequence lock keep nobody out, and find out afterwards whether somebody was in.
    const optimistic = this.names.locks[lock]!.kind === 'seqlock';
    if (optimistic && mode !== Mode.write) return -1;
    if (writer !== -1 && writer !== agent) return writer;
    if (mode !== Mode.write || optimistic) return -1;
    return readers?.find((reader) => reader !== agent) ?? -1;
  }

  add(lock: number, agent: number, mode: number): void {
    if (lock >= this.writers.length) this.grow(lock);
    if (mode === Mode.write) this.writers[lock] = agent + 1;
    else (this.readers[lock] ??= []).push(agent);
  }

  leaveWriter(lock: number): void {
    this.writers[lock] = 0;
  }

  leaveReader(lock: number, agent: number): void {
    const readers = this.readers[lock];
    const at = readers?.lastIndexOf(agent) ?? -1;
    if (at !== -1) readers!.splice(at, 1);
  }

  /** Takes a lock away from all; if somebody held it, nobody knows of its owners any more. */
  forget(lock: number): void {
    if (lock >= this.writers.length) this.grow(lock);
    const readers = this.readers[lock];
    if (this.writers[lock] !== 0 || (readers !== undefined && readers.length > 0)) {
      this.trust[lock] = Trust.lost;
    }
    this.writers[lock] = 0;
    this.readers[lock] = undefined;
  }

  private grow(lock: number): void {
    const length = Math.max(lock + 1, this.writers.length * 2);
    const { writers, trust } = this;
    this.writers = new Int32Array(length);
    this.writers.set(writers);
    this.trust = new Uint8Array(length);
    this.trust.set(trust);
  }
}
