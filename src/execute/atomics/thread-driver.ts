import { UserError } from '../../program/errors.ts';
import {
  AnswerAt,
  AskAt,
  awaitChange,
  change,
  digestOf,
  makeChannel,
  readText,
  Verb,
  What,
  writeAnswers,
  writeText,
} from './channel.ts';
import type { Request } from './cells.ts';

/** Milliseconds that a thread may take from one operation to the next. */
export const patienceMs = 20_000;

/** The explorer's side of one controlled thread's channel. */
export class ThreadDriver implements Request {
  readonly name: string;
  readonly channel: SharedArrayBuffer = makeChannel();
  /** What the thread is at; `What.none`: it has not come yet. */
  what: number = What.none;
  buffer = 0;
  byte = 0;
  width = 0;
  low = 0;
  high = 0;
  low2 = 0;
  high2 = 0;
  timed = 0;
  /** A message, a stack, a returned value. */
  text = '';
  /** Times that the thread was let go on: each is a hand-over there and one back. */
  turns = 0;
  private asks = 0;
  private readonly words: Int32Array = new Int32Array(this.channel);

  constructor(name: string) {
    this.name = name;
  }

  /** Whether the thread is at its beginning, ready to run. */
  get isReady(): boolean {
    return pristineCount(this.words) > 0;
  }

  /** A number for what the thread asks. */
  digest(): number {
    const { what } = this;
    const speaks = what === What.send || what === What.rest || what === What.returned;
    return digestOf(this.words, speaks ? this.text : '');
  }

  /** Of what the thread asked while it had answers beforehand. */
  get asked(): number {
    return this.words[AskAt.digest]!;
  }

  /**
   * Runs the thread's function from its start to its first operation, or its end.
   *
   * @param answers - to its first operations, low and high bits of each; it goes on to the next
   */
  start(places: boolean, answers: readonly number[] = []): void {
    if (this.what === What.none) this.take();
    this.words[AnswerAt.places] = places ? 1 : 0;
    writeAnswers(this.channel, answers);
    this.words[AnswerAt.length] = answers.length / 2;
    this.answer(Verb.run);
  }

  /** Gives the thread the result of its operation, and lets it run to the next. */
  give(low: number, high: number, text: string): void {
    const { words } = this;
    words[AnswerAt.low] = low;
    words[AnswerAt.high] = high;
    words[AnswerAt.length] = text === '' ? 0 : writeText(this.channel, text);
    this.answer(Verb.result);
  }

  /** Lets the thread follow the script, until that says that it is to stand. */
  follow(): void {
    this.comeBack();
    this.words[AnswerAt.places] = 0;
    this.words[AnswerAt.verb] = Verb.follow;
    change(this.words, AnswerAt.count, AnswerAt.asleep);
  }

  /** What there is to say of a thread that does not come. */
  get lateText(): string {
    return (
      `thread "${this.name}" has not come to an operation for ${patienceMs / 1000} s: it ended ` +
      'by force, or it goes round without a look at shared memory that is seen (a loop over ' +
      'plain reads is, unless `--no-plain` is given)'
    );
  }

  /** Lets the thread end; does not wait for that. */
  stop(): void {
    this.words[AnswerAt.verb] = Verb.stop;
    change(this.words, AnswerAt.count, AnswerAt.asleep);
  }

  private answer(verb: number): void {
    this.words[AnswerAt.verb] = verb;
    this.turns++;
    change(this.words, AnswerAt.count, AnswerAt.asleep);
    this.take();
  }

  /** Lets the thread leave its function if it is inside. */
  private comeBack(): void {
    if (this.what === What.none) this.take();
    const over = this.what === What.ready || this.what === What.ended || this.what === What.threw;
    if (over) return;
    this.answer(Verb.leave);
    if (this.what !== What.ready) throw new Error(`[internal] ${this.name} does not leave`);
  }

  /** Waits until the thread asks, and takes what it asks. */
  take(): void {
    const { words } = this;
    if (!awaitChange(words, AskAt.count, AskAt.asleep, this.asks, patienceMs)) {
      throw new UserError(this.lateText);
    }
    this.asks = (this.asks + 1) | 0;
    this.what = words[AskAt.what]!;
    this.buffer = words[AskAt.buffer]!;
    this.byte = words[AskAt.byte]!;
    this.width = words[AskAt.width]!;
    this.low = words[AskAt.low]!;
    this.high = words[AskAt.high]!;
    this.low2 = words[AskAt.low2]!;
    this.high2 = words[AskAt.high2]!;
    this.timed = words[AskAt.timed]!;
    const length = words[AskAt.length]!;
    this.text = length === 0 ? '' : readText(this.channel, length);
  }
}

function pristineCount(words: Int32Array): number {
  return words[AskAt.count]!;
}
