import type { Completion, Mutex } from '../../locks/index.ts';
import { AgentAt, agentLine, ControlAt, Phase } from './layout.ts';
import type { Exercise, Site } from './site.ts';
import { Violation } from './violations.ts';

/** A condition of `heddle/locks`, or a wrong one. */
export interface Signals {
  wait(lock: Mutex): unknown;
  notifyOne(): void;
  notifyAll(): void;
}

/** Items that the buffer of the condition's exercise has room for. */
const itemsMax = 1;

/**
 * A bounded buffer (Hoare's monitor, 1974): writers put an item in and wait for room, readers take
 * one out and wait for one. A lost notification ends with all of them asleep.
 */
export class BufferExercise implements Exercise {
  private readonly site: Site;
  private readonly lock: Mutex;
  /** What this agent waits for, and what it tells others. */
  private readonly waits: Signals;
  private readonly tells: Signals;
  private readonly puts: boolean;

  constructor(site: Site, lock: Mutex, room: Signals, filled: Signals, puts: boolean) {
    this.site = site;
    this.lock = lock;
    this.waits = puts ? room : filled;
    this.tells = puts ? filled : room;
    this.puts = puts;
  }

  enter(): ReturnType<Exercise['enter']> {
    const { site, lock } = this;
    const { control } = site;
    lock.lock();
    while (!this.canGo && !site.isStopped) this.waits.wait(lock);
    if (!this.canGo) {
      lock.unlock();
      return 'not';
    }
    site.comeInWriting(false);
    const items = Atomics.add(control, ControlAt.items, this.puts ? 1 : -1) + (this.puts ? 1 : -1);
    if (items < 0 || items > itemsMax) site.report(Violation.itemsWrong);
    return 'inside';
  }

  leave(): void {
    this.site.goOutWriting();
    this.tells.notifyOne();
    this.lock.unlock();
  }

  retire(): void {
    this.lock.lock();
    this.waits.notifyAll();
    this.tells.notifyAll();
    this.lock.unlock();
  }

  private get canGo(): boolean {
    const items = Atomics.load(this.site.control, ControlAt.items);
    return this.puts ? items < itemsMax : items > 0;
  }
}

/** Completions that nobody has waited for yet, at the most. */
const openMax = 64;

/** Says that something is done, once for each wait. */
export class CompleteExercise implements Exercise {
  private readonly site: Site;
  private readonly completion: Completion;

  constructor(site: Site, completion: Completion) {
    this.site = site;
    this.completion = completion;
  }

  enter(): ReturnType<Exercise['enter']> {
    const { control } = this.site;
    const completed = Atomics.load(control, ControlAt.completed);
    if (((completed - Atomics.load(control, ControlAt.ended)) | 0) >= openMax) {
      Atomics.wait(control, ControlAt.ended, completed - openMax, 1);
      return 'not';
    }
    Atomics.add(control, ControlAt.completed, 1);
    this.completion.complete();
    return 'inside';
  }

  leave(): void {
    // There is nothing to leave.
  }

  /** Those who wait are waited for. */
  retire(): void {
    const { control, writers, agents } = this.site;
    for (let place = writers; place < agents; place++) {
      const phase = agentLine(place) + AgentAt.phase;
      for (;;) {
        const seen = Atomics.load(control, phase);
        if (seen === Phase.ended || seen === Phase.absent) break;
        Atomics.add(control, ControlAt.completed, 1);
        this.completion.complete();
        Atomics.wait(control, phase, seen, 1);
      }
    }
  }
}

/** Waits for it. */
export class AwaitExercise implements Exercise {
  private readonly site: Site;
  private readonly completion: Completion;

  constructor(site: Site, completion: Completion) {
    this.site = site;
    this.completion = completion;
  }

  enter(ms: number): ReturnType<Exercise['enter']> {
    const { control } = this.site;
    if (ms === 0) this.completion.wait();
    else if (!this.completion.waitFor(ms)) return 'not';
    const ended = Atomics.add(control, ControlAt.ended, 1) + 1;
    if (((Atomics.load(control, ControlAt.completed) - ended) | 0) < 0) {
      this.site.report(Violation.notCompleted);
    }
    return 'inside';
  }

  leave(): void {
    // There is nothing to leave.
  }
}
