/** A shared buffer as words of 32 bits; the last one may be cut short. */
export class SharedWords {
  readonly buffer: SharedArrayBuffer;
  readonly length: number;
  private readonly words: Int32Array;
  private readonly tail: Uint8Array;
  private readonly firsts: Int32Array;

  /** What the buffer holds now are its first contents. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    const whole = buffer.byteLength >> 2;
    this.words = new Int32Array(buffer, 0, whole);
    this.tail = new Uint8Array(buffer, whole * 4);
    this.length = Math.ceil(buffer.byteLength / 4);
    this.firsts = Int32Array.from({ length: this.length }, (_, word) => this.get(word));
  }

  /** What the word held at first. */
  first(word: number): number {
    return this.firsts[word]!;
  }

  get(word: number): number {
    if (word < this.words.length) return this.words[word]!;
    return this.tail.reduce((bits, byte, at) => bits | (byte << (at * 8)), 0);
  }

  set(word: number, bits: number): void {
    if (word < this.words.length) this.words[word] = bits;
    else for (let at = 0; at < this.tail.length; at++) this.tail[at] = bits >>> (at * 8);
  }

  /** Back to the first contents. */
  restore(): void {
    this.words.set(this.firsts.subarray(0, this.words.length));
    if (this.tail.length > 0) this.set(this.words.length, this.firsts[this.words.length]!);
  }
}
