import { UserError } from '../../program/errors.ts';
import type { Request } from './cells.ts';
import { What } from './channel.ts';
import type { Moment } from './moments.ts';
import { pristine } from './pristine.ts';
import {
  Act,
  distance,
  giveTurn,
  makeScript,
  positionAfter,
  positionMask,
  RecordAt,
  recordLine,
  ScriptAt,
  scriptRecords,
  textNumber,
  turnLine,
  TurnAt,
} from './script.ts';
import { patienceMs, type ThreadDriver } from './thread-driver.ts';
import { UnsteadyThread } from './unsteady-thread.ts';

/** Executions that are written before the threads are told, where nothing asks for more haste. */
const executionsAhead = 16;

/**
 * The explorer's side of a script: executions that are known from their beginning on are written
 * down, and the threads carry them out while the explorer is at the next ones.
 */
export class ScriptWriter {
  readonly buffer: SharedArrayBuffer = makeScript();
  /** Times that the script gives the turn to another thread, or begins. */
  handOvers = 0;
  private readonly words: Int32Array = new Int32Array(this.buffer);
  private readonly drivers: readonly ThreadDriver[];
  /** Whether the threads follow the script. */
  private following = false;
  private length = 0;
  private published = 0;
  /** Records up to which there is room. */
  private room: number = scriptRecords;
  private executions = 0;
  /** Threads that are within their function, as a mask. */
  private within = 0;
  private last = -1;
  private broken = false;

  constructor(drivers: readonly ThreadDriver[]) {
    this.drivers = drivers;
  }

  /** A thread begins its function. */
  begin(thread: number): void {
    if (!this.following) this.follow();
    this.within |= 1 << thread;
    this.record(thread, Act.begin);
  }

  /** A thread performs what it is at, and gets this answer. */
  step(thread: number, request: Request, low: number, high: number): void {
    const { words } = this;
    const at = this.record(thread, Act.step);
    words[at + RecordAt.what] = request.what;
    words[at + RecordAt.buffer] = request.buffer;
    words[at + RecordAt.byte] = request.byte;
    words[at + RecordAt.width] = request.width;
    words[at + RecordAt.low] = request.low;
    words[at + RecordAt.high] = request.high;
    words[at + RecordAt.low2] = request.low2;
    words[at + RecordAt.high2] = request.high2;
    words[at + RecordAt.timed] = request.timed;
    words[at + RecordAt.answerLow] = low;
    words[at + RecordAt.answerHigh] = high;
  }

  /** A thread has come to its end, which must be this one. */
  ended(thread: number, { what, text }: Moment): void {
    const { words } = this;
    const at = this.record(thread, Act.ended);
    words[at + RecordAt.what] = what;
    words[at + RecordAt.low] = textNumber(text);
    words[at + RecordAt.high] = text.length;
    this.within &= ~(1 << thread);
  }

  /** The execution is over: threads that are within their functions leave them. */
  end(): void {
    if (!this.following) return;
    for (let left = this.within; left !== 0; left &= left - 1) {
      this.record(31 - Math.clz32(left & -left), Act.leave);
    }
    this.within = 0;
    if (++this.executions >= executionsAhead) this.publish();
  }

  /** Returns when the threads have carried out all that is written. */
  settle(): void {
    this.publish();
    this.await(this.length, () => (pristine.load(this.words, ScriptAt.published) & 1) !== 0);
  }

  /** Returns when all that is written is carried out, and each thread is at its channel again. */
  stand(): void {
    if (!this.following) return;
    for (let thread = 0; thread < this.drivers.length; thread++) this.record(thread, Act.stand);
    this.settle();
    this.following = false;
    this.within = 0;
    for (const driver of this.drivers) driver.take();
  }

  /** Nobody follows any more, wherever they are. */
  abandon(): void {
    const { words } = this;
    pristine.store(words, ScriptAt.abandoned, 1);
    for (let thread = 0; thread < this.drivers.length; thread++) {
      const turn = turnLine(thread) + TurnAt.turn;
      pristine.store(words, turn, 1);
      pristine.notify(words, turn);
    }
  }

  /** What is left is carried out, unless the threads have gone astray. */
  close(): void {
    try {
      if (!this.following || this.broken) return;
      this.end();
      this.settle();
    } finally {
      this.abandon();
    }
  }

  private follow(): void {
    for (const driver of this.drivers) driver.follow();
    this.following = true;
  }

  /** The next record's first word. */
  private record(thread: number, act: number): number {
    if (this.length === this.room) this.makeRoom();
    const { words } = this;
    const at = recordLine(this.length);
    words[at + RecordAt.thread] = thread;
    words[at + RecordAt.act] = act;
    this.length = positionAfter(this.length);
    if (thread !== this.last) this.handOvers++;
    this.last = thread;
    return at;
  }

  private makeRoom(): void {
    this.publish();
    const { words, length } = this;
    const half = scriptRecords / 2;
    const wanted = (length - half) & positionMask;
    const done = (): boolean => {
      return distance(words[ScriptAt.position]!, length) <= half;
    };
    this.await(wanted, done);
    const free = scriptRecords - distance(words[ScriptAt.position]!, length);
    this.room = (length + free) & positionMask;
  }

  private publish(): void {
    this.executions = 0;
    const { words, length, published } = this;
    if (length === published) return;
    this.published = length;
    const { atomics } = pristine;
    const before = atomics.exchange(words, ScriptAt.published, length * 2);
    if ((before & 1) !== 0) giveTurn(words, published);
  }

  /** Waits until something is so, as long as somebody moves. */
  private await(wanted: number, reached: () => boolean): void {
    const { words } = this;
    words[ScriptAt.wanted] = wanted;
    let position = -1;
    for (;;) {
      const news = pristine.load(words, ScriptAt.news);
      pristine.store(words, ScriptAt.asleep, 1);
      this.requireSame();
      if (reached()) break;
      const waited = pristine.wait(words, ScriptAt.news, news, patienceMs);
      if (waited !== 'timed-out') continue;
      if (position === words[ScriptAt.position]) this.lost(position);
      position = words[ScriptAt.position]!;
    }
    pristine.store(words, ScriptAt.asleep, 0);
  }

  private requireSame(): void {
    const differs = pristine.load(this.words, ScriptAt.differs);
    if (differs === 0) return;
    this.broken = true;
    throw new UnsteadyThread(this.drivers[differs - 1]!.name);
  }

  private lost(position: number): never {
    this.broken = true;
    const thread = this.words[recordLine(position) + RecordAt.thread]!;
    throw new UserError(this.drivers[thread]!.lateText);
  }
}

/** Whether a script can have this: nothing that carries a text, or stands at a promise. */
export function canFollow(what: number): boolean {
  return (what >= What.load && what <= What.notify) || what === What.pause;
}
