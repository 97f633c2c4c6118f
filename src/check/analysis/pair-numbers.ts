/**
 * Numbers pairs of whole numbers from 0 on, in the order in which they are first met. A hash table
 * in flat arrays: a `Map` would need a key that is a heap object for each look-up.
 */
export class PairNumbers {
  /** How many pairs there are. */
  size = 0;
  /** Whether the last `number` met its pair for the first time. */
  isNew = false;
  private mask: number;
  /** By slot: the number of the pair, + 1; 0: free. */
  private slots: Int32Array;
  /** By number. */
  private pairs: Int32Array;

  constructor(room = 64) {
    this.mask = room * 2 - 1;
    this.slots = new Int32Array(room * 2);
    this.pairs = new Int32Array(room * 2);
  }

  /** @param one - a 32-bit integer, as `other` */
  number(one: number, other: number): number {
    const { slots, pairs, mask } = this;
    let slot = hash(one, other) & mask;
    for (;;) {
      const known = slots[slot]! - 1;
      if (known === -1) break;
      if (pairs[known * 2] === one && pairs[known * 2 + 1] === other) {
        this.isNew = false;
        return known;
      }
      slot = (slot + 1) & mask;
    }
    this.isNew = true;
    const number = this.size++;
    slots[slot] = number + 1;
    pairs[number * 2] = one;
    pairs[number * 2 + 1] = other;
    // Invariant: half of the slots are free.
    if (this.size * 2 > mask) this.enlarge();
    return number;
  }

  first(number: number): number {
    return this.pairs[number * 2]!;
  }

  second(number: number): number {
    return this.pairs[number * 2 + 1]!;
  }

  clear(): void {
    this.slots.fill(0);
    this.size = 0;
  }

  private enlarge(): void {
    const { pairs, size } = this;
    const room = this.slots.length * 2;
    this.mask = room - 1;
    this.slots = new Int32Array(room);
    this.pairs = new Int32Array(room);
    this.pairs.set(pairs.subarray(0, size * 2));
    for (let number = 0; number < size; number++) {
      let slot = hash(pairs[number * 2]!, pairs[number * 2 + 1]!) & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = number + 1;
    }
  }
}

function hash(one: number, other: number): number {
  let mixed = Math.imul(one, 0x9e3779b1) ^ Math.imul(other, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
