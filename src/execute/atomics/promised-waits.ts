import { FutexResult } from '../../program/operations/futex.ts';
import { breathe } from '../clock.ts';
import { What } from './channel.ts';
import type { ThreadClock } from './thread-clock.ts';
import { Leave, type ThreadDoor } from './thread-door.ts';

/** A `waitAsync` that is queued. */
interface Promised {
  readonly buffer: number;
  readonly byte: number;
  readonly width: number;
  /** Its time-out; Infinity: none. */
  readonly ms: number;
  readonly resolve: (result: string) => void;
}

/**
 * The promises of `Atomics.waitAsync` of a thread. They settle while its function waits for a
 * promise: then it stands at the oldest of them until that is notified, or its time is up.
 */
export class PromisedWaits {
  /** Calls of `setImmediate` that have not come yet. */
  private immediates = 0;
  private readonly waits: Promised[] = [];
  private readonly door: ThreadDoor;
  private readonly clock: ThreadClock;

  constructor(door: ThreadDoor, clock: ThreadClock) {
    this.door = door;
    this.clock = clock;
  }

  begin(): void {
    this.waits.length = 0;
  }

  /** Counts what is to run soon, so that nothing is settled before it. */
  install(): void {
    const { setImmediate: before } = globalThis;
    const counted = (run: (...given: unknown[]) => void, ...given: unknown[]): unknown => {
      this.immediates++;
      return before(() => {
        this.immediates--;
        try {
          run(...given);
        } catch (error) {
          // The thread leaves: its function is over.
          if (!(error instanceof Leave)) throw error;
        }
      });
    };
    globalThis.setImmediate = Object.assign(counted, before) as unknown as typeof setImmediate;
  }

  /** Lets everything run that needs nobody else: reactions of promises, `setImmediate`. */
  async drain(): Promise<void> {
    do await breathe();
    while (this.immediates > 0);
  }

  add(wait: Omit<Promised, 'resolve'>): Promise<string> {
    return new Promise((resolve) => this.waits.push({ ...wait, resolve }));
  }

  /** Settles the oldest promise. */
  settleNext(): void {
    const wait = this.waits.shift();
    const { door } = this;
    if (wait === undefined) {
      // Nothing that is under control ends this.
      door.ask(What.stuck, 0, 0, 0);
      return;
    }
    const { buffer, byte, width, ms } = wait;
    door.ask(What.awake, buffer, byte, width, 0, 0, 0, 0, ms === Infinity ? 0 : 1);
    if (door.low === FutexResult.timedOut) this.clock.pass(ms);
    wait.resolve(door.low === FutexResult.ok ? 'ok' : 'timed-out');
  }
}
