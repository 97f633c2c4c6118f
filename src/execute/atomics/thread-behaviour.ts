import { resultBits } from '../../program/bytes.ts';
import { Kind } from '../../program/kinds.ts';
import type { Cells } from './cells.ts';
import { answersMax, digestSum, What } from './channel.ts';
import type { MessageTexts } from './message-texts.ts';
import { Moment, MomentState, spinAt, type Call } from './moments.ts';
import { lookOf } from './spin-looks.ts';
import type { Paths } from './paths.ts';
import type { ThreadDriver } from './thread-driver.ts';
import { UnsteadyThread } from './unsteady-thread.ts';

/** Equal turns after which a thread counts as spinning. */
const spinTurns = 2;

/** Turns that a spinning thread is given, with nobody else moving, to leave its loop by itself. */
const aloneTurns = 256;

/** Contexts in which the same spin must have been endless for it to be taken for endless. */
const endlessMin = 3;

/** What the threads of a program have in common. */
export interface BehaviourShare {
  readonly cells: Cells;
  readonly messages: MessageTexts;
  /**
   * Whole executions, if what a thread does next does not follow from what it has been answered
   * alone, as it reads shared memory unseen. Undefined: it does, and need not be asked twice.
   */
  readonly paths: Paths | undefined;
  /** Where each thread itself is, by number; undefined: at its beginning. */
  readonly live: (Moment | undefined)[];
  /** Gives real memory its first contents. */
  readonly restore: () => void;
}

/**
 * All that is known of what a controlled thread does: its moments. What is not known yet the thread
 * is asked for, which is then run from its start, alone, with the answers that lead there.
 */
export class ThreadBehaviour {
  /** Moments that the thread was asked for. */
  moments = 0;
  private readonly agent: number;
  private readonly driver: ThreadDriver;
  private readonly share: BehaviourShare;
  private root: Moment = new Moment(undefined, 0);
  private places = false;
  private readonly endless = new Map<string, number>();
  /** What follows after it has come to rest, by what it said that it depends on then. */
  private readonly rests = new Map<string, Moment>();
  /** Numbers of ends. */
  private readonly ends = new Map<string, number>();

  constructor(agent: number, driver: ThreadDriver, share: BehaviourShare) {
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

  /** Where the thread begins. */
  start(): Moment {
    const { paths, restore } = this.share;
    if (paths === undefined) return this.known(this.root);
    const first = paths.enter(this.agent);
    if (first.state === MomentState.unknown && this.agent === 0) restore();
    return this.known(first);
  }

  /** Forgets everything. @param places - whether the stack of each operation is wanted */
  forget(places: boolean): void {
    this.places = places;
    this.root = new Moment(undefined, 0);
    this.live = undefined;
    this.moments = 0;
    this.rests.clear();
    this.ends.clear();
  }

  /** Where the thread is after this answer. */
  after(at: Moment, answer: number): Moment {
    const { paths } = this.share;
    if (paths === undefined) return this.known(at.after(answer));
    const next = paths.enter(this.agent, at, answer);
    if (next.state === MomentState.unknown) this.settle(at);
    return this.known(next);
  }

  /** The operation's effect goes into real memory, where unseen accesses find it. */
  private settle(at: Moment): void {
    const { cells } = this.share;
    const cell = cells.cellAt(at.object);
    if (cell !== undefined) cells.push(cell);
  }

  /** Lets the thread spin with nobody else moving: where it leaves the loop. */
  goAlone(from: Moment): Moment | 'endless' {
    const { period, key } = from.spin!;
    if ((this.endless.get(key) ?? 0) >= endlessMin) return 'endless';
    const turn: Moment[] = [];
    for (let one = from; turn.length < period; one = one.parent!) turn.push(one);
    turn.reverse();
    let at = from;
    for (let turns = 0; turns < aloneTurns; turns++) {
      for (const expected of turn) {
        if (!at.sameOperation(expected.parent!)) return at;
        at = this.known(at.after(expected.answer));
      }
    }
    this.endless.set(key, (this.endless.get(key) ?? 0) + 1);
    return 'endless';
  }

  /** The moment, with what the thread is at there; the one after it, if the thread rests there. */
  private known(at: Moment): Moment {
    let moment = at;
    if (moment.state === MomentState.unknown) this.discover(moment);
    while (moment.state === MomentState.rest) moment = moment.rested!;
    return moment;
  }

  /** The thread is brought to this moment, and asked where it is. */
  private discover(at: Moment): void {
    if (this.live !== undefined && this.live === at.parent) this.answer(at.parent, at.answer);
    else this.rerun(at);
    this.live = at;
    this.noteAll(at);
  }

  /** The thread has come to this moment. */
  private noteAll(at: Moment): void {
    this.note(at);
    const { paths, cells } = this.share;
    paths?.note(this.agent, this.driver, cells.pull());
    if (at.state === MomentState.rest) this.rest(at);
    if (at.state !== MomentState.operation) return;
    at.spin = spinAt(at, spinTurns, (one, result) => lookOf(cells, one, result));
    if (at.spin !== undefined) paths?.forget();
  }

  /**
   * The thread says of itself what there is to know. It goes on; what it is at then must be what it
   * has been at when it said the same before.
   */
  private rest(at: Moment): void {
    // Of whole executions it says nothing, as shared memory is read unseen.
    this.share.paths?.forget();
    const key = this.places || this.share.paths !== undefined ? undefined : keyOf(at);
    const known = key === undefined ? undefined : this.rests.get(key);
    const next = known ?? new Moment(at, 0, this.callAfter(at));
    if (key !== undefined) this.rests.set(key, next);
    at.rested = next;
    this.answer(at, 0);
    this.live = next;
    if (known === undefined) this.noteAll(next);
    else this.requireSame(next);
  }

  /** The innermost call after the thread has begun some, or has come out of one. */
  private callAfter(at: Moment): Call | undefined {
    if (at.what === What.returned) return at.call!.outer;
    let { call } = at;
    if (at.what !== What.call) return call;
    for (let begun = 0; begun < this.driver.low; begun++) {
      call = { name: `${at.number}.${begun}`, outer: call };
    }
    return call;
  }

  /** Runs the thread from its start to this moment. */
  private rerun(at: Moment): void {
    const path: Moment[] = [];
    for (let one = at; one.parent !== undefined; one = one.parent) path.push(one);
    path.reverse();
    const { driver } = this;
    if (!this.places && path.length <= answersMax && !path.some(isMessage)) {
      driver.start(false, path.flatMap(bitsOf));
      if (driver.asked === path.reduce(digestAfter, 0)) return;
      this.refuse();
    }
    driver.start(this.places);
    for (const one of path) {
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
    at.number = ++this.moments;
    if (!this.places) at.digest = driver.digest();
    if (driver.what === What.ended || driver.what === What.threw) {
      at.state = driver.what === What.ended ? MomentState.ended : MomentState.threw;
      at.number = this.endNumber(at);
    } else if (says(driver.what)) at.state = MomentState.rest;
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

  private endNumber({ state, text }: Moment): number {
    const key = `${state} ${text}`;
    const number = this.ends.get(key) ?? -1 - this.ends.size;
    this.ends.set(key, number);
    return number;
  }

  private translate(): ReturnType<Cells['translate']> {
    const { driver, share } = this;
    const translation = share.cells.translate(driver);
    if (translation.kind !== Kind.send) return translation;
    return { ...translation, argument: share.messages.number(driver.text) };
  }

  private requireSame(known: Moment): void {
    const { driver } = this;
    const { what, text } = driver;
    if (what === What.ended || what === What.threw || says(what)) {
      if (known.state !== MomentState.operation && known.what === what && known.text === text)
        return;
    } else {
      const found = new Moment(undefined, 0);
      const { kind, object, argument, argument2 } = this.translate();
      Object.assign(found, { state: MomentState.operation, kind, object, argument, argument2 });
      if (found.sameOperation(known)) return;
    }
    this.refuse();
  }

  private refuse(): never {
    const { driver } = this;
    this.live = undefined;
    throw new UnsteadyThread(driver.name);
  }
}

/** Kinds whose result is a value of the memory. */
function isValue(kind: number): boolean {
  return kind === Kind.bytesLoad || kind === Kind.rmw || kind === Kind.bytesCompareExchange;
}

/** What a thread says of itself, which is no operation. */
function says(what: number): boolean {
  return what === What.rest || what === What.call || what === What.returned;
}

/** What decides all that the thread does next; undefined: all that it has been answered. */
function keyOf(at: Moment): string | undefined {
  return at.what === What.call ? undefined : `${at.what} ${at.call?.name} ${at.text}`;
}

function isMessage({ parent }: Moment): boolean {
  return parent!.kind === Kind.receive;
}

/** Low and high bits of what the thread is answered before this moment. */
function bitsOf({ parent, answer }: Moment): [number, number] {
  const { low, high } = resultBits(parent!.width === 8 ? 8 : 4, answer);
  return [low, high];
}

function digestAfter(before: number, { parent }: Moment): number {
  return digestSum(before, parent!.digest);
}
