/** A word of shared memory by which one thread tells others to end. */
export class StopWord {
  /** What another thread is given to make its own. */
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
  }

  set(): void {
    Atomics.store(this.words, 0, 1);
  }

  get isSet(): boolean {
    return Atomics.load(this.words, 0) !== 0;
  }
}
