import { AssertionFailure } from '../../program/errors.ts';
import { Kind } from '../../program/kinds.ts';
import type { Step } from '../../program/operation.ts';
import { make, port } from '../../program/port.ts';
import type { Thrown } from './check-messages.ts';
import { MomentState, type Moment } from './moments.ts';
import type { BehaviourShare, ThreadBehaviour } from './thread-behaviour.ts';

/** Moments of a thread that are remembered; beyond that all are forgotten. */
const momentsMax = 2_000_000;

/** What the threads of a program have in common. */
export interface MindShare extends BehaviourShare {
  /** What each thread returned in this execution, by number, as text. */
  readonly returned: string[];
}

/**
 * A controlled thread as an agent: a coroutine that stands for it. It performs, when the strategy
 * says so, the operation that the thread is at, and goes on with what its behaviour says: threads
 * are asked only for what is new.
 */
export class ThreadMind {
  private readonly agent: number;
  private readonly behaviour: ThreadBehaviour;
  private readonly share: MindShare;
  private places = false;

  constructor(agent: number, behaviour: ThreadBehaviour, share: MindShare) {
    this.agent = agent;
    this.behaviour = behaviour;
    this.share = share;
  }

  *run(): Step<unknown> {
    let at = this.begin();
    for (;;) {
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
      at = this.behaviour.after(at, yield* operation);
    }
  }

  /** An execution begins. */
  private begin(): Moment {
    const { keepPlaces } = port;
    const { behaviour } = this;
    const { paths } = this.share;
    const fresh = keepPlaces || this.places || behaviour.moments > momentsMax;
    this.places = keepPlaces;
    // The first agent begins first.
    if (this.agent === 0) paths?.begin(!keepPlaces);
    if (fresh) behaviour.forget(keepPlaces);
    return behaviour.start();
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
      spin.exit ??= this.behaviour.goAlone(at);
      if (spin.exit !== 'endless') return spin.exit;
      if (spin.looks.length === 0) {
        if (at.kind !== Kind.futexNotify) return at;
        // It tells only by its result whether somebody waits; that is the thread's to have.
        const woken = yield* this.at(at, at.kind, at.object, at.argument);
        if (woken !== 0) return this.behaviour.after(at, woken);
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
}
