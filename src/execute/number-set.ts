/** Not a number that is ever in a set. */
const none = -1;

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
    let at = this.slotOf(number);
    if (this.slots[at] === number) return false;
    if (this.size === this.sizeMax) return true;
    if (this.size * 2 >= this.slots.length) {
      this.grow();
      at = this.slotOf(number);
    }
    this.slots[at] = number;
    this.size++;
    return true;
  }

  values(): Float64Array {
    return this.slots.filter((number) => number !== none);
  }

  /** Where the number is, or would be. */
  private slotOf(number: number): number {
    const mask = this.slots.length - 1;
    const high = Math.floor(number / 0x100000000);
    let hash = Math.imul(number | 0, 0x2545f491) ^ Math.imul(high, 0x68e31da5);
    hash ^= hash >>> 15;
    let at = hash & mask;
    while (this.slots[at] !== number && this.slots[at] !== none) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Float64Array(before.length * 2).fill(none);
    for (let at = 0; at < before.length; at++) {
      const number = before[at]!;
      if (number !== none) this.slots[this.slotOf(number)] = number;
    }
  }
}
