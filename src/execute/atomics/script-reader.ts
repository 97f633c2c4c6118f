import { pristine } from './pristine.ts';
import {
  distance,
  giveTurn,
  positionAfter,
  recordLine,
  RecordAt,
  ScriptAt,
  turnLine,
  TurnAt,
} from './script.ts';

/**
 * How often a thread looks for its turn before it sleeps, where its turn is the next: whoever has
 * it before is at work meanwhile, on another processor. To wake a thread there takes far longer
 * than a step, so it looks for some times as long as that: where both once look they need not sleep
 * any more. But not where that processor is somebody else's.
 */
const looksMax = 5000;
/** Times in succession that looking may be in vain before it is tried only now and then. */
const vainMax = 4;
const vainPeriod = 64;

/** A controlled thread's side of a script. */
export class ScriptReader {
  /** Whether the thread follows the script; it asks the explorer otherwise. */
  following = false;
  readonly words: Int32Array;
  private readonly thread: number;
  private readonly line: number;
  private hasTurn = false;
  /** The next record, while the turn is here. */
  private position = 0;
  /** Records that are known to be there. */
  private known = 0;
  /** Whether nobody else comes between whom the turn was given and this thread. */
  private isNext = false;
  /** Times in succession that looking was in vain. */
  private vain = 0;

  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.words = new Int32Array(buffer);
    this.thread = thread;
    this.line = turnLine(thread);
  }

  /**
   * Waits until the next record is this thread's. Who has the turn gives it to whom the script
   * names.
   *
   * @returns the record's first word; -1: nobody follows any more, and `following` is false
   */
  next(): number {
    for (;;) {
      if (!this.hasTurn && !this.awaitTurn()) return -1;
      const { position } = this;
      if (position !== this.known || this.looksFurther()) {
        const record = recordLine(position);
        if (this.words[record + RecordAt.thread] === this.thread) {
          this.position = positionAfter(position);
          return record;
        }
        this.pass();
      }
    }
  }

  /** The thread asks the explorer from now on; others go on. */
  stand(): void {
    this.following = false;
    if (this.position !== this.known || this.looksFurther()) this.pass();
  }

  /** The thread does something else than the script says: nobody goes on. */
  differ(): void {
    this.following = false;
    this.hasTurn = false;
    pristine.store(this.words, ScriptAt.differs, this.thread + 1);
    this.tell(true);
  }

  /** Whether there are more records than were known; if not, the turn goes back to the explorer. */
  private looksFurther(): boolean {
    const { words, position } = this;
    for (;;) {
      const published = pristine.load(words, ScriptAt.published);
      this.known = published >> 1;
      if (this.known !== position) return true;
      words[ScriptAt.position] = position;
      const { atomics } = pristine;
      const taken = atomics.compareExchange(words, ScriptAt.published, published, published | 1);
      if (taken !== published) continue;
      this.hasTurn = false;
      this.isNext = false;
      this.tell(true);
      return false;
    }
  }

  private pass(): void {
    const { words, position, thread } = this;
    this.hasTurn = false;
    const known = pristine.load(words, ScriptAt.published) >> 1;
    const other = words[recordLine(position) + RecordAt.thread]!;
    let next = position;
    do next = positionAfter(next);
    while (next !== known && words[recordLine(next) + RecordAt.thread] === other);
    this.isNext = next !== known && words[recordLine(next) + RecordAt.thread] === thread;
    giveTurn(words, position);
    if (pristine.load(words, ScriptAt.asleep) !== 0) this.tell(false);
  }

  private awaitTurn(): boolean {
    const { words, line } = this;
    const turn = line + TurnAt.turn;
    if (this.isNext) this.look(turn);
    while (pristine.load(words, turn) === 0) {
      pristine.store(words, line + TurnAt.asleep, 1);
      pristine.wait(words, turn, 0);
      pristine.store(words, line + TurnAt.asleep, 0);
    }
    pristine.store(words, turn, 0);
    if (pristine.load(words, ScriptAt.abandoned) !== 0) {
      this.following = false;
      return false;
    }
    this.hasTurn = true;
    this.position = words[ScriptAt.position]!;
    // Whoever gave the turn knew of this record, and perhaps of no other.
    this.known = positionAfter(this.position);
    return true;
  }

  /** Looks for the turn for a while. */
  private look(turn: number): void {
    const { words } = this;
    this.vain++;
    if (this.vain > vainMax && this.vain % vainPeriod !== 0) return;
    for (let looks = 0; looks < looksMax; looks++) {
      if (pristine.load(words, turn) === 0) continue;
      this.vain = 0;
      return;
    }
  }

  /** Wakes the explorer if it sleeps, and what it waits for has come. */
  private tell(through: boolean): void {
    const { words } = this;
    if (pristine.load(words, ScriptAt.asleep) === 0) return;
    const left = distance(words[ScriptAt.position]!, words[ScriptAt.wanted]!);
    // What is far ahead in numbers that go round is behind.
    if (!through && left !== 0 && left < 1 << 29) return;
    pristine.atomics.add(words, ScriptAt.news, 1);
    pristine.notify(words, ScriptAt.news);
  }
}
