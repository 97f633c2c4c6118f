/** Not a number that is ever in a set. */
const none = -1;

/** Bits of the second number of a pair. */
const pairBits = 21;

/**
 * Whole numbers from 0 to 2^53, up to a number of them that is remembered. A `Set` makes an object
 * of each number above 2^31; this is one flat array, and to look a number up allocates nothing.
 */
export class NumberSet {
  size = 0;
  private readonly sizeMax: number;
  private slots = new Float64Array(256).fill(none);

  /** @param sizeMax - numbers that it takes; others are forgotten */
  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** @returns whether it was not there */
  add(number: number): boolean {
    return this.place(number, Math.floor(number / 0x100000000), number | 0);
  }

  /** Two numbers below 2^21, as one; whether they were not there together. */
  addPair(one: number, other: number): boolean {
    const low = (one << pairBits) | other;
    return this.place(one * (1 << pairBits) + other, one >>> (32 - pairBits), low);
  }

  values(): Float64Array {
    return this.slots.filter((number) => number !== none);
  }

  /** @param high - of the number's bits the upper ones, and `low` the last 32 */
  private place(number: number, high: number, low: number): boolean {
    let at = this.slotOf(number, high, low);
    if (this.slots[at] === number) return false;
    if (this.size === this.sizeMax) return true;
    if (this.size * 2 >= this.slots.length) {
      this.grow();
      at = this.slotOf(number, high, low);
    }
    this.slots[at] = number;
    this.size++;
    return true;
  }

  /** Where the number is, or would be. */
  private slotOf(number: number, high: number, low: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let hash = Math.imul(low, 0x2545f491) ^ Math.imul(high, 0x68e31da5);
    hash ^= hash >>> 15;
    let at = hash & mask;
    while (slots[at] !== number && slots[at] !== none) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Float64Array(before.length * 2).fill(none);
    for (let at = 0; at < before.length; at++) {
      const number = before[at]!;
      if (number === none) continue;
      this.slots[this.slotOf(number, Math.floor(number / 0x100000000), number | 0)] = number;
    }
  }
}
