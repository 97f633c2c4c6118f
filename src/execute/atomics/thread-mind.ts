import { accessAt, accessNumber, leavesValue, resultBits } from '../../program/bytes.ts';
import { AssertionFailure } from '../../program/errors.ts';
import { Kind } from '../../program/kinds.ts';
import type { Step } from '../../program/operation.ts';
import { failed } from '../../program/operation-table.ts';
import { FutexResult } from '../../program/operations/futex.ts';
import { make, port } from '../../program/port.ts';
import type { Cells } from './cells.ts';
import { What } from './channel.ts';
import type { Thrown } from './check-messages.ts';
import { Moment, MomentState, spinAt, timedOut, type Look } from './moments.ts';
import type { MessageTexts } from './message-texts.ts';
import type { Paths } from './paths.ts';
import type { ThreadDriver } from './thread-driver.ts';
import { UnsteadyThread } from './unsteady-thread.ts';

/** Equal turns after which a thread counts as spinning. */
const spinTurns = 2;

/** Turns that a spinning thread is given, with nobody else moving, to leave its loop by itself. */
const aloneTurns = 256;

/** Contexts in which the same spin must have been endless for it to be taken for endless. */
const endlessMin = 3;

/** Moments of a thread that are remembered; beyond that all are forgotten. */
const momentsMax = 2_000_000;

/** What the threads of a program have in common. */
export interface MindShare {
  readonly cells: Cells;
  readonly messages: MessageTexts;
  /**
   * Whole executions, if what a thread does next does not follow from what it has been answered
   * alone, as it reads shared memory unseen. Undefined: it does, and need not be asked twice.
   */
  readonly paths: Paths | undefined;
  /** Where each thread itself is, by number; undefined: at its beginning. */
  readonly live: (Moment | undefined)[];
  /** What each thread returned in this execution, by number, as text. */
  readonly returned: string[];
  /** Gives real memory its first contents. */
  readonly restore: () => void;
}

/**
 * A controlled thread as an agent: a coroutine that stands for it. It performs, when the strategy
 * says so, the operation that the thread is at, and knows what comes next: from an execution in
 * which the thread had been answered the same, or by asking the thread, which is then run from its
 * start, alone, with the same answers. So threads are asked only for what is new.
 */
export class ThreadMind {
  private readonly agent: number;
  private readonly driver: ThreadDriver;
  private readonly share: MindShare;
  private root: Moment = new Moment(undefined, 0);
  private places = false;
  private moments = 0;
  private readonly endless = new Map<string, number>();

  constructor(agent: number, driver: ThreadDriver, share: MindShare) {
    this.agent = agent;
    this.driver = driver;
    this.share = share;
  }

  private get live(): Moment | undefined {
    return this.share.live[this.agent];
  }

  private set live(moment: Moment | undefined) {
    this.share.live[this.agent] = moment;
  }

  *run(): Step<unknown> {
    let at = this.begin();
    for (;;) {
      if (at.state === MomentState.unknown) this.discover(at);
      if (at.state !== MomentState.operation) return this.finish(at);
      if (at.spin !== undefined) {
        const next = yield* this.spin(at);
        if (next !== at) {
          at = next;
          continue;
        }
      }
      const operation = make<number>(at.kind, at.object, at.argument, at.argument2);
      if (this.places) port.place = { stack: at.text } as Error;
      at = this.after(at, yield* operation);
    }
  }

  /** An execution begins. */
  private begin(): Moment {
    const { keepPlaces } = port;
    const { paths, restore } = this.share;
    const fresh = keepPlaces || this.places || this.moments > momentsMax;
    this.places = keepPlaces;
    if (paths !== undefined) {
      // The first agent begins first.
      if (this.agent === 0) paths.begin(!keepPlaces);
      const first = paths.enter(this.agent);
      if (first.state === MomentState.unknown && this.agent === 0) restore();
      return first;
    }
    if (fresh) {
      this.root = new Moment(undefined, 0);
      this.live = undefined;
      this.moments = 0;
    }
    return this.root;
  }

  /** Where the thread is when the operation that it was at has had this result. */
  private after(at: Moment, result: number): Moment {
    const { paths } = this.share;
    if (paths === undefined) return at.after(result);
    const next = paths.enter(this.agent, at, result);
    if (next.state === MomentState.unknown) this.settle(at);
    return next;
  }

  /** The thread is brought to this moment, and asked where it is. */
  private discover(at: Moment): void {
    this.moments++;
    if (this.live !== undefined && this.live === at.parent) this.answer(at.parent, at.answer);
    else this.rerun(at);
    this.live = at;
    this.note(at);
    const { paths, cells } = this.share;
    if (paths !== undefined) paths.note(this.agent, this.driver, cells.pull());
    if (at.state !== MomentState.operation) return;
    at.spin = spinAt(at, spinTurns, (one, result) => this.lookOf(one, result));
    if (at.spin !== undefined) paths?.forget();
  }

  /** Runs the thread from its start to this moment. */
  private rerun(at: Moment): void {
    const path: Moment[] = [];
    for (let one = at; one.parent !== undefined; one = one.parent) path.push(one);
    this.driver.start(this.places);
    for (const one of path.reverse()) {
      const known = one.parent!;
      this.requireSame(known);
      this.answer(known, one.answer);
    }
  }

  private answer(at: Moment, result: number): void {
    const { driver, share } = this;
    if (at.kind === Kind.receive) {
      driver.give(result, 0, result === 0 ? '' : share.messages.text(result));
      return;
    }
    const { low, high } = resultBits(at.width === 8 ? 8 : 4, result);
    driver.give(low, high, '');
  }

  /** Takes down where the thread is. */
  private note(at: Moment): void {
    const { driver } = this;
    at.what = driver.what;
    at.text = driver.text;
    if (driver.what === What.ended) at.state = MomentState.ended;
    else if (driver.what === What.threw) at.state = MomentState.threw;
    else {
      at.state = MomentState.operation;
      const { kind, object, argument, argument2 } = this.translate();
      at.kind = kind;
      at.object = object;
      at.argument = argument;
      at.argument2 = argument2;
      at.width = isValue(kind) ? driver.width : 4;
    }
  }

  private translate(): ReturnType<Cells['translate']> {
    const { driver, share } = this;
    const translation = share.cells.translate(driver);
    if (translation.kind !== Kind.send) return translation;
    return { ...translation, argument: share.messages.number(driver.text) };
  }

  private requireSame(known: Moment): void {
    const { driver } = this;
    if (driver.what !== What.ended && driver.what !== What.threw) {
      const found = new Moment(undefined, 0);
      const { kind, object, argument, argument2 } = this.translate();
      Object.assign(found, { state: MomentState.operation, kind, object, argument, argument2 });
      if (found.sameOperation(known)) return;
    }
    this.live = undefined;
    throw new UnsteadyThread(driver.name);
  }

  /** The operation's effect goes into real memory, where unseen accesses find it. */
  private settle(at: Moment): void {
    const cell = this.share.cells.cellAt(at.object);
    if (cell !== undefined) this.share.cells.push(cell);
  }

  private finish(at: Moment): void {
    if (at.state === MomentState.ended) {
      this.share.returned[this.agent] = at.text;
      return;
    }
    const { name, message, stack } = JSON.parse(at.text) as Thrown;
    const assertion = name === 'AssertionError' || name === 'AssertionFailure';
    const error = assertion ? new AssertionFailure(message) : new Error(message);
    error.name = name;
    if (stack === undefined) delete error.stack;
    else error.stack = stack;
    throw error;
  }

  /**
   * The thread spins: another turn would be the same as long as what it looks at is the same. It
   * looks once more; if nothing has moved it goes on alone until it leaves the loop by itself, all
   * turns being one; and if it would not, it waits until something moves.
   *
   * @returns this moment, if the thread is to go on here
   */
  private *spin(at: Moment): Generator<undefined, Moment, undefined> {
    const spin = at.spin!;
    for (;;) {
      yield* make<undefined>(Kind.attempt, 0);
      for (const look of spin.looks) {
        const seen = yield* this.at(at, look.kind, look.object, look.argument);
        if ((seen === look.value) !== look.equal) return at;
      }
      spin.exit ??= this.goAlone(at);
      if (spin.exit !== 'endless') return spin.exit;
      if (spin.looks.length === 0) {
        if (at.kind !== Kind.futexNotify) return at;
        // It tells only by its result whether somebody waits; that is the thread's to have.
        const woken = yield* this.at(at, at.kind, at.object, at.argument);
        if (woken !== 0) return at.after(woken);
      }
      yield* this.at(at, Kind.retry, 0, 0);
    }
  }

  private at(
    moment: Moment,
    kind: number,
    object: number,
    argument: number,
  ): ReturnType<typeof make<number>> {
    const operation = make<number>(kind, object, argument);
    if (this.places) port.place = { stack: moment.text } as Error;
    return operation;
  }

  /** Lets the thread spin with nobody else moving: where it leaves the loop. */
  private goAlone(from: Moment): Moment | 'endless' {
    const { period, key } = from.spin!;
    if ((this.endless.get(key) ?? 0) >= endlessMin) return 'endless';
    const turn: Moment[] = [];
    for (let one = from; turn.length < period; one = one.parent!) turn.push(one);
    turn.reverse();
    let at = from;
    for (let turns = 0; turns < aloneTurns; turns++) {
      for (const expected of turn) {
        if (at.state === MomentState.unknown) this.discover(at);
        if (!at.sameOperation(expected.parent!)) return at;
        at = at.after(expected.answer);
      }
    }
    this.endless.set(key, (this.endless.get(key) ?? 0) + 1);
    return 'endless';
  }

  /** The look that an operation was; null: it neither looked nor changed; undefined: it changed. */
  private lookOf(at: Moment, result: number): Look | undefined | null {
    const { kind, object, argument } = at;
    const word = (value: number, equal = true): Look => {
      return { kind: Kind.load, object, argument: 0, value, equal };
    };
    switch (kind) {
      case Kind.pause:
        return null;
      case Kind.read:
      case Kind.load:
      case Kind.bytesRead:
      case Kind.bytesLoad:
        return { kind, object, argument, value: result, equal: true };
      case Kind.compareExchange:
        return failed(kind, result, argument) ? word(result) : undefined;
      case Kind.bytesCompareExchange:
        return failed(kind, result, argument) ? this.partLook(at, result) : undefined;
      case Kind.rmw:
        return this.leaves(at, result);
      case Kind.futexNotify:
        return result === 0 ? null : undefined;
      case Kind.receive:
        return result === 0 ? word(0) : undefined;
      case Kind.futexEnqueue:
        return at.width === 8 ? undefined : this.waited(at, result === FutexResult.ok);
      case Kind.futexTimedWake:
        // The end of a wait that was queued: whoever looked, looked there.
        return result === FutexResult.timedOut ? null : undefined;
      case Kind.futexWait:
      case Kind.futexTimedWait:
        if (result === FutexResult.ok || at.width === 8) return undefined;
        return this.waited(at, timedOut(kind, result));
      default:
        return undefined;
    }
  }

  /** A wait found another value, or the one that it was for and its time was up. */
  private waited(at: Moment, equal: boolean): Look {
    const { object, argument: value } = at;
    const cell = this.share.cells.cellAt(object)!;
    if (!cell.parted) return { kind: Kind.load, object, argument: 0, value, equal };
    const argument = accessNumber(partRead(0, 4));
    return { kind: Kind.bytesLoad, object, argument, value, equal };
  }

  private partLook(at: Moment, value: number): Look {
    const { offset, width, whole } = accessAt(at.argument);
    if (whole) return { kind: Kind.load, object: at.object, argument: 0, value, equal: true };
    const argument = accessNumber(partRead(offset, width));
    return { kind: Kind.bytesLoad, object: at.object, argument, value, equal: true };
  }

  /** A read-modify-write that leaves what it finds, such as an exchange of a lock that is taken. */
  private leaves(at: Moment, result: number): Look | undefined {
    return leavesValue(at.argument, result) ? this.partLook(at, result) : undefined;
  }
}

/** Kinds whose result is a value of the memory. */
function isValue(kind: number): boolean {
  return kind === Kind.bytesLoad || kind === Kind.rmw || kind === Kind.bytesCompareExchange;
}

function partRead(offset: number, width: number): Parameters<typeof accessNumber>[0] {
  return {
    rmw: 0,
    offset,
    width,
    low: 0,
    high: 0,
    expectedLow: 0,
    expectedHigh: 0,
    whole: false,
  };
}
