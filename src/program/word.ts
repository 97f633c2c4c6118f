import type { Arena, ObjectRecord } from './arena.ts';
import { make } from './port.ts';
import { fitsWord, refuseValue } from './given.ts';
import { Comparison, Kind } from './kinds.ts';
import type { Operation } from './operation.ts';

/**
 * A named word of the arena, 32 bits, signed.
 *
 * `read` and `write` are plain accesses: two of them from different agents, one a write, without an
 * order between them, are a data race. The others are atomic, sequentially consistent, and order
 * what comes before and after.
 *
 * @public
 */
export class Word {
  /** @internal */
  readonly base: number;
  /** Its name in reports and schedule files. */
  readonly name: string;
  private readonly arena: Arena;

  /** @internal */
  constructor(arena: Arena, record: ObjectRecord) {
    this.arena = arena;
    this.base = record.base;
    this.name = record.name;
  }

  /** A plain read. */
  read(): Operation<number> {
    return make(Kind.read, this.base);
  }

  /** A plain write. */
  write(value: number): Operation<void> {
    return make(Kind.write, this.base, this.fitting('write', value));
  }

  /** An atomic read (Atomics.load; the kernel's READ_ONCE or atomic_read). */
  load(): Operation<number> {
    return make(Kind.load, this.base);
  }

  /** An atomic write (Atomics.store; the kernel's WRITE_ONCE or atomic_set). */
  store(value: number): Operation<void> {
    return make(Kind.store, this.base, this.fitting('store', value));
  }

  /** Adds atomically, in 32 bits, signed; gives the value before. */
  add(value: number): Operation<number> {
    return make(Kind.add, this.base, this.fitting('add', value));
  }

  /** Writes atomically; gives the value before. */
  exchange(value: number): Operation<number> {
    return make(Kind.exchange, this.base, this.fitting('exchange', value));
  }

  /**
   * Writes `replacement` if the value is `expected`; gives the value before. Where that is another,
   * this is an atomic read.
   */
  compareExchange(expected: number, replacement: number): Operation<number> {
    this.fitting('compareExchange', expected);
    this.fitting('compareExchange', replacement);
    return make(Kind.compareExchange, this.base, expected, replacement);
  }

  /** Waits until the word is this value; gives it. The wait costs exploration no interleavings. */
  waitUntil(value: number): Operation<number> {
    return make(Kind.waitUntil, this.base, this.fitting('waitUntil', value), Comparison.equal);
  }

  /** Waits until the word is anything else; gives what it is. */
  waitUntilNot(value: number): Operation<number> {
    return make(
      Kind.waitUntil,
      this.base,
      this.fitting('waitUntilNot', value),
      Comparison.notEqual,
    );
  }

  /** Waits until the word is at least this value; gives what it is. */
  waitUntilAtLeast(value: number): Operation<number> {
    return make(
      Kind.waitUntil,
      this.base,
      this.fitting('waitUntilAtLeast', value),
      Comparison.atLeast,
    );
  }

  /** Waits until the word is at most this value; gives what it is. */
  waitUntilAtMost(value: number): Operation<number> {
    return make(
      Kind.waitUntil,
      this.base,
      this.fitting('waitUntilAtMost', value),
      Comparison.atMost,
    );
  }

  /** The value, read without an operation: for invariants and reports, never for agents. */
  peek(): number {
    return this.arena.memory[this.base]!;
  }

  private fitting(what: string, value: number): number {
    return fitsWord(value) ? value : refuseValue(value, `\`${what}\` of word "${this.name}"`);
  }
}
