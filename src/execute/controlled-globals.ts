import { Random } from './random.ts';
import type { Machine } from './machine.ts';

/** The platform's own, taken before anything can replace them. */
const pristine = {
  random: Math.random.bind(Math),
  now: Date.now.bind(Date),
  performanceNow: performance.now.bind(performance),
};

/**
 * Virtual time starts here, so that a printed date is plainly not today's: 2018-10-30, the
 * document's own day.
 */
const epochMs = Date.UTC(2018, 9, 30);

/**
 * Seeded random numbers and the virtual clock in place of Math.random, Date.now and
 * performance.now, so that an agent that uses them stays deterministic. Each execution sees the
 * same numbers from the start.
 */
export class ControlledGlobals {
  private readonly random = new Random();
  private readonly machine: Machine;
  /** No random number has been asked for in this execution: most never ask. */
  private fresh = true;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  install(): void {
    Math.random = () => {
      if (this.fresh) this.random.seed(0, 0);
      this.fresh = false;
      return this.random.next() / 0x100000000;
    };
    Date.now = () => epochMs + this.machine.clock;
    performance.now = () => this.machine.clock;
  }

  /** An execution begins. */
  begin(): void {
    this.fresh = true;
  }

  /** Puts the platform's own back. */
  restore(): void {
    Math.random = pristine.random;
    Date.now = pristine.now;
    performance.now = pristine.performanceNow;
  }
}
