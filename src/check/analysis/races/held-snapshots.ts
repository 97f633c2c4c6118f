import type { HeldLockMode } from './last-accesses.ts';

/**
 * What agents held at accesses, in one flat array: a number of locks, and each lock with its mode.
 * The number of a snapshot is where it begins; 0 is the empty one.
 */
export class HeldSnapshots {
  private numbers = new Int32Array(1024);
  /** How many numbers all of them take. */
  size = 1;

  add(held: readonly HeldLockMode[]): number {
    const { length } = held;
    if (length === 0) return 0;
    const at = this.reserve(length + 1);
    const { numbers } = this;
    numbers[at] = length;
    for (let index = 0; index < length; index++) {
      const { lock, mode } = held[index]!;
      numbers[at + 1 + index] = lock * 4 + mode;
    }
    return at;
  }

  /** The locks of a snapshot, outermost first. */
  locks(snapshot: number): HeldLockMode[] {
    const { numbers } = this;
    const end = snapshot + 1 + numbers[snapshot]!;
    const locks: HeldLockMode[] = [];
    for (let at = snapshot + 1; at < end; at++) {
      locks.push({ lock: numbers[at]! >> 2, mode: numbers[at]! & 3 });
    }
    return locks;
  }

  /** Takes a snapshot of others over, under a new number. */
  copyOf(other: HeldSnapshots, snapshot: number): number {
    if (snapshot === 0) return 0;
    const length = other.numbers[snapshot]! + 1;
    const at = this.reserve(length);
    this.numbers.set(other.numbers.subarray(snapshot, snapshot + length), at);
    return at;
  }

  private reserve(length: number): number {
    const at = this.size;
    this.size += length;
    if (this.size > this.numbers.length) {
      const larger = new Int32Array(Math.max(this.size, this.numbers.length * 2));
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return at;
  }
}
