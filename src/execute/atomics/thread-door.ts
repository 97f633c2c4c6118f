import {
  AnswerAt,
  AskAt,
  awaitChange,
  change,
  digestOf,
  digestSum,
  makeChannel,
  readAnswers,
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
  /** What the first operations of this run are answered, and which of them is next. */
  private known: Int32Array = new Int32Array(0);
  private next = 0;
  private digest = 0;
  /** Calls, the innermost ones, in which nothing has been asked yet. */
  private silent = 0;
  /** Whether something has been asked since the thread has last said of itself what there is. */
  private asked = false;

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
    const { words } = this;
    this.known = readAnswers(this.buffer, words[AnswerAt.length]!);
    this.next = this.digest = this.silent = 0;
    this.asked = false;
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
    if (this.silent > 0 && what !== What.call) this.speak();
    this.asked = what !== What.call;
    this.put(what, buffer, byte, width);
    const { words } = this;
    words[AskAt.low] = low;
    words[AskAt.high] = high;
    words[AskAt.low2] = low2;
    words[AskAt.high2] = high2;
    words[AskAt.timed] = timed;
    if (words[AnswerAt.places] !== 0 && what !== What.send) this.say(placeHere());
    this.go('');
  }

  /** The same with a text, such as a message. */
  askWith(what: number, buffer: number, text: string): void {
    if (this.leaving) throw new Leave();
    if (this.silent > 0 && what !== What.returned) this.speak();
    this.asked = what === What.send;
    this.put(what, buffer, 0, 0);
    if (this.next * 2 === this.known.length) this.say(text);
    this.go(text);
  }

  /** What the thread does next follows from this; not said if it was answered nothing since. */
  rest(text: string): void {
    if (this.asked && this.silent === 0) this.askWith(What.rest, 0, text);
  }

  /** A call begins of which only what it returns will matter. */
  enter(): void {
    this.silent++;
  }

  /** It is over. @param text - all that it leaves, if anything was asked in it */
  exit(text: () => string): void {
    if (this.silent > 0) {
      this.silent--;
      return;
    }
    this.askWith(What.returned, 0, text());
  }

  /** Something is to be asked in calls of which the explorer does not know. */
  private speak(): void {
    const { silent } = this;
    this.silent = 0;
    this.ask(What.call, 0, 0, 0, silent);
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

  private go(text: string): void {
    const { next, known } = this;
    if (next * 2 < known.length) {
      this.digest = digestSum(this.digest, digestOf(this.words, text));
      this.low = known[next * 2]!;
      this.high = known[next * 2 + 1]!;
      this.text = '';
      this.next++;
      return;
    }
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
    words[AskAt.low] = words[AskAt.high] = words[AskAt.low2] = words[AskAt.high2] = 0;
    words[AskAt.timed] = words[AskAt.length] = 0;
    words[AskAt.digest] = this.digest;
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
