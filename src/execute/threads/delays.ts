import { Random } from '../random.ts';

/** Of 256 operations, how many are preceded by a short spin, and how many by a sleep. */
const spinShare = 32;
const sleepShare = 6;
/** Turns of a spin at the most: some 20 microseconds. */
const spinTurnsMax = 8192;
/** A sleep before an operation, in milliseconds, at the most. */
const sleepMsMax = 0.4;

/**
 * Random delays before operations, so that threads meet in more ways than an idle machine would let
 * them (as ConTest does: Edelstein, Farchi, Nir, Ratsaby, Ur, IBM Systems Journal 41(1), 2002).
 */
export class Delays {
  private readonly random = new Random();
  private readonly seed: number;
  private readonly agent: number;
  private readonly bed = new Int32Array(new SharedArrayBuffer(4));
  private sink = 0;

  /** @param seed - 0 for no delays */
  constructor(seed: number, agent: number) {
    this.seed = seed;
    this.agent = agent;
  }

  begin(iteration: number): void {
    if (this.seed !== 0) this.random.seed(this.seed, iteration * 32 + this.agent);
  }

  before(): void {
    if (this.seed === 0) return;
    const drawn = this.random.next();
    const share = drawn & 0xff;
    if (share < sleepShare) {
      Atomics.wait(this.bed, 0, 0, (((drawn >>> 8) & 0xff) / 0xff) * sleepMsMax);
    } else if (share < sleepShare + spinShare) {
      for (let left = (drawn >>> 8) & (spinTurnsMax - 1); left > 0; left--)
        this.sink = (this.sink + left) | 0;
    }
  }

  sleep(ms: number): void {
    Atomics.wait(this.bed, 0, 0, ms);
  }
}
