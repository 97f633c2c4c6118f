/**
 * Random numbers for schedules: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state, integers
 * only, so that a seed gives the same schedules on every machine and Node version. A golden test
 * freezes the mapping: changing it breaks every printed seed.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  /**
   * Begins the stream of one execution.
   *
   * @param seed - 32 bits
   * @param execution - number of the execution, so that any one can be had without those before it
   */
  seed(seed: number, execution: number): void {
    this.a = mix(seed | 0);
    this.b = mix((execution | 0) ^ 0x5851f42d);
    this.c = mix(this.a ^ Math.imul(execution | 0, 0x2545f491));
    this.counter = 1;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** 32 random bits, as an unsigned integer. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11) | 0) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer from 0 to n - 1; n is 1 to 32,767. A share is off by at most n / 2^16 of itself. */
  below(n: number): number {
    return Math.imul(this.next() >>> 16, n) >>> 16;
  }
}

/** Spreads the bits of one number over all 32 (the finaliser of MurmurHash3, Austin Appleby). */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
