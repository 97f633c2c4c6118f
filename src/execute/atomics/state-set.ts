/**
 * Numbers of 64 bits, each as two of 32: states by their hashes. One flat array, so that to look
 * one up allocates nothing.
 */
export class StateSet {
  size = 0;
  private readonly sizeMax: number;
  private slots = new Int32Array(2048);

  /** @param sizeMax - numbers that it takes; others are forgotten */
  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** @returns whether it was not there */
  add(one: number, other: number): boolean {
    // Two zeros are an empty slot.
    const first = one === 0 && other === 0 ? 1 : one;
    let at = slotOf(this.slots, first, other);
    if (this.slots[at] === first && this.slots[at + 1] === other) return false;
    if (this.size === this.sizeMax) return true;
    if (this.size * 4 >= this.slots.length) {
      this.grow();
      at = slotOf(this.slots, first, other);
    }
    this.slots[at] = first;
    this.slots[at + 1] = other;
    this.size++;
    return true;
  }

  private grow(): void {
    const before = this.slots;
    const slots = new Int32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2) {
      const one = before[at]!;
      const other = before[at + 1]!;
      if (one === 0 && other === 0) continue;
      const slot = slotOf(slots, one, other);
      slots[slot] = one;
      slots[slot + 1] = other;
    }
    this.slots = slots;
  }
}

/** Where the number is, or would be. */
function slotOf(slots: Int32Array, one: number, other: number): number {
  const mask = slots.length - 1;
  let at = (one << 1) & mask;
  while (slots[at] !== 0 || slots[at + 1] !== 0) {
    if (slots[at] === one && slots[at + 1] === other) return at;
    at = (at + 2) & mask;
  }
  return at;
}
