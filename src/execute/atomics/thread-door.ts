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
import type { CheckTask } from './check-messages.ts';
import { pristine } from './pristine.ts';
import { Act, RecordAt, textNumber } from './script.ts';
import { ScriptReader } from './script-reader.ts';

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
  /** Whether the thread itself is to perform the operation that it was let perform. */
  performs = false;
  private leaving = false;
  /** Of the last answer. */
  private verb: number = Verb.none;
  private words: Int32Array;
  private buffer: SharedArrayBuffer;
  private numbers = new WeakMap<SharedArrayBuffer, number>();
  private answers = 0;
  private script: ScriptReader | undefined;
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
  attach({ channel, buffers, script, agent }: CheckTask): void {
    this.script = new ScriptReader(script, agent);
    this.buffer = channel;
    this.words = new Int32Array(channel);
    this.numbers = new WeakMap(buffers.map((buffer, number) => [buffer, number]));
    this.answers = 0;
    this.verb = Verb.none;
  }

  /** Whether the thread goes by the script. */
  get follows(): boolean {
    return this.script!.following;
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
    const script = this.script!;
    for (;;) {
      if (script.following && this.nextRecord(Act.begin) >= 0) {
        this.begin(0);
        return true;
      }
      if (this.verb === Verb.none || this.verb === Verb.result || this.verb === Verb.leave) {
        this.put(What.ready, 0, 0, 0);
        this.exchange();
      }
      const { verb } = this;
      this.verb = Verb.none;
      if (verb === Verb.run) this.begin(this.words[AnswerAt.length]!);
      if (verb !== Verb.follow) return verb === Verb.run;
      script.following = true;
    }
  }

  /** A run begins. @param length - how many operations are answered beforehand */
  private begin(length: number): void {
    this.known = readAnswers(this.buffer, length);
    this.next = this.digest = this.silent = 0;
    this.asked = false;
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
    if (this.script!.following && this.followed()) return;
    if (words[AnswerAt.places] !== 0 && what !== What.send) this.say(placeHere());
    this.go('');
  }

  /** The same with a text, such as a message. */
  askWith(what: number, buffer: number, text: string): void {
    if (this.leaving) throw new Leave();
    if (this.silent > 0 && what !== What.returned) this.speak();
    this.asked = what === What.send;
    this.put(what, buffer, 0, 0);
    if (this.script!.following && this.followed()) return;
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

  /** What the operation has really done, where the script has let the thread perform it. */
  requireSame(low: number, high: number): void {
    if (low === this.low && high === this.high) return;
    this.script!.differ();
    this.go('');
  }

  /** The function is over. */
  finish(what: number, text: string): void {
    if (this.leaving) return;
    this.running = false;
    this.put(what, 0, 0, 0);
    if (this.script!.following && this.endsSo(text)) return;
    this.say(text);
    // The explorer answers when it wants another run.
    this.exchange();
  }

  /** Whether the script has answered what the thread asks; if not, the explorer will. */
  private followed(): boolean {
    const at = this.nextRecord(Act.step);
    if (at < 0) return false;
    const script = this.script!;
    if (script.words[at + RecordAt.act] === Act.leave) {
      this.leaving = true;
      throw new Leave();
    }
    const { words } = this;
    for (let field = 0; field <= AskAt.timed - AskAt.what; field++) {
      if (words[AskAt.what + field] === script.words[at + RecordAt.what + field]) continue;
      script.differ();
      return false;
    }
    this.low = script.words[at + RecordAt.answerLow]!;
    this.high = script.words[at + RecordAt.answerHigh]!;
    this.text = '';
    this.performs = true;
    return true;
  }

  /** Whether the script has the thread end here, with this. */
  private endsSo(text: string): boolean {
    const at = this.nextRecord(Act.ended);
    if (at < 0) return false;
    const script = this.script!;
    if (
      script.words[at + RecordAt.what] === this.words[AskAt.what] &&
      script.words[at + RecordAt.low] === textNumber(text) &&
      script.words[at + RecordAt.high] === text.length
    ) {
      return true;
    }
    script.differ();
    return false;
  }

  /**
   * Waits for the thread's next record, which asks for this, or for the thread to leave.
   *
   * @returns its first word; -1: the thread is to ask the explorer from now on
   */
  private nextRecord(act: number): number {
    const script = this.script!;
    const at = script.next();
    if (at < 0) return at;
    const found = script.words[at + RecordAt.act];
    if (found === act || (act === Act.step && found === Act.leave)) return at;
    if (found === Act.stand) script.stand();
    else script.differ();
    return -1;
  }

  private go(text: string): void {
    this.performs = false;
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
