import { Random } from '../random.ts';
import { pristine } from './pristine.ts';

/** Virtual time begins on the day on which it does for agents of scenarios: 2018-10-30. */
const epochMs = Date.UTC(2018, 9, 30);

/** Milliseconds that pass with each look at the clock, so that a loop that waits for time ends. */
const lookMs = 0.125;

/**
 * A controlled thread's clock and random numbers, in place of the platform's while it is in its
 * function. Both are the thread's own and depend on what it has done alone: time passes with each
 * look at it, and with each wait whose time-out ends it.
 */
export class ThreadClock {
  private readonly random = new Random();
  private ms = 0;

  /** A run of the thread with this number begins. */
  begin(agent: number): void {
    this.ms = 0;
    this.random.seed(agent, 0);
    Math.random = () => this.random.next() / 0x100000000;
    Date.now = () => Math.floor(epochMs + this.look());
    performance.now = () => this.look();
  }

  /** So much time passes. */
  pass(ms: number): void {
    this.ms += ms;
  }

  /** Puts the platform's own back. */
  restore(): void {
    Math.random = pristine.random;
    Date.now = pristine.now;
    performance.now = pristine.performanceNow;
  }

  private look(): number {
    this.ms += lookMs;
    return this.ms;
  }
}
