import {
  AnswerAt,
  AskAt,
  awaitChange,
  change,
  makeChannel,
  readText,
  Verb,
  What,
  writeText,
} from './channel.ts';
import { pristine } from './pristine.ts';

/** The run is over: the thread leaves its function. */
export class Leave extends Error {
  override name = 'Leave';

  constructor() {
    super('this execution is over');
  }
}

/**
 * A controlled thread's way to the explorer. Every operation goes through `ask`, which returns when
 * the schedule has let the thread perform it, with the result in `low` and `high`.
 */
export class ThreadDoor {
  /** Whether the thread is in its function, so that what it does is under control. */
  running = false;
  /** Bits of the last result. */
  low = 0;
  high = 0;
  /** Text of the last result, such as a message. */
  text = '';
  private leaving = false;
  /** Of the last answer. */
  private verb: number = Verb.none;
  private words: Int32Array;
  private buffer: SharedArrayBuffer;
  private numbers = new WeakMap<SharedArrayBuffer, number>();
  private answers = 0;

  constructor() {
    this.buffer = makeChannel();
    this.words = new Int32Array(this.buffer);
  }

  /** Another explorer, or the same one with other threads: from now on it is asked. */
  attach(channel: SharedArrayBuffer, buffers: readonly SharedArrayBuffer[]): void {
    this.buffer = channel;
    this.words = new Int32Array(channel);
    this.numbers = new WeakMap(buffers.map((buffer, number) => [buffer, number]));
    this.answers = 0;
    this.verb = Verb.none;
  }

  /** Whether a value is a buffer that the threads share. */
  shares(buffer: unknown): boolean {
    return buffer instanceof pristine.SharedArrayBuffer && this.numbers.has(buffer);
  }

  /** The number of a buffer that is under control now, or -1. */
  numberOf(buffer: ArrayBufferLike): number {
    if (!this.running) return -1;
    return this.numbers.get(buffer as SharedArrayBuffer) ?? -1;
  }

  /** Waits for the next run. @returns false if there will be none */
  nextRun(): boolean {
    this.running = false;
    this.leaving = false;
    if (this.verb !== Verb.run && this.verb !== Verb.stop) {
      this.put(What.ready, 0, 0, 0);
      this.exchange();
    }
    const { verb } = this;
    this.verb = Verb.none;
    return verb === Verb.run;
  }

  /** An access to `width` bytes of a buffer, or whatever else `what` is. */
  ask(
    what: number,
    buffer: number,
    byte: number,
    width: number,
    low = 0,
    high = 0,
    low2 = 0,
    high2 = 0,
    timed = 0,
  ): void {
    if (this.leaving) throw new Leave();
    this.put(what, buffer, byte, width);
    const { words } = this;
    words[AskAt.low] = low;
    words[AskAt.high] = high;
    words[AskAt.low2] = low2;
    words[AskAt.high2] = high2;
    words[AskAt.timed] = timed;
    if (words[AnswerAt.places] !== 0 && what !== What.send) this.say(placeHere());
    this.go();
  }

  /** The same with a text, such as a message. */
  askWith(what: number, buffer: number, text: string): void {
    if (this.leaving) throw new Leave();
    this.put(what, buffer, 0, 0);
    this.say(text);
    this.go();
  }

  /** The function is over. */
  finish(what: number, text: string): void {
    if (this.leaving) return;
    this.running = false;
    this.put(what, 0, 0, 0);
    this.say(text);
    // The explorer answers when it wants another run.
    this.exchange();
  }

  private go(): void {
    this.exchange();
    if (this.verb !== Verb.result) {
      this.leaving = true;
      throw new Leave();
    }
    const { words } = this;
    this.low = words[AnswerAt.low]!;
    this.high = words[AnswerAt.high]!;
    const length = words[AnswerAt.length]!;
    this.text = length === 0 ? '' : readText(this.buffer, length);
  }

  private put(what: number, buffer: number, byte: number, width: number): void {
    const { words } = this;
    words[AskAt.what] = what;
    words[AskAt.buffer] = buffer;
    words[AskAt.byte] = byte;
    words[AskAt.width] = width;
    words[AskAt.length] = 0;
  }

  private say(text: string): void {
    this.words[AskAt.length] = writeText(this.buffer, text);
  }

  /** Asks, and takes the answer. */
  private exchange(): void {
    const { words } = this;
    const seen = this.answers;
    change(words, AskAt.count, AskAt.asleep);
    while (!awaitChange(words, AnswerAt.count, AnswerAt.asleep, seen, 1000));
    this.answers = (seen + 1) | 0;
    this.verb = words[AnswerAt.verb]!;
  }
}

/** The stack of the code that asks. */
function placeHere(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const { stack } = new Error('operation made here');
  Error.stackTraceLimit = limit;
  return stack ?? '';
}
