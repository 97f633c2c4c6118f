import { make } from './port.ts';
import { fitsWord, refuseValue } from './given.ts';
import { Kind } from './kinds.ts';
import type { Operation } from './operation.ts';

/**
 * Lets others go first, once: the body of a real spin loop. Strategies with priorities demote an
 * agent that pauses.
 *
 * @public
 */
export function pause(): Operation<void> {
  return make(Kind.pause, 0);
}

/**
 * Sleeps. Under exploration time is virtual: the sleep may end at any moment after, since nothing
 * bounds how slow the other agents are. On free threads it is real time.
 *
 * @param ms - milliseconds, 0 to 3,600,000
 * @public
 */
export function sleep(ms: number): Operation<void> {
  return make(Kind.sleep, 0, milliseconds('sleep', ms));
}

/**
 * Begins one turn of a retry loop (try, fail, sleep, restart): what the agent reads from here on is
 * remembered for {@link retry}. Costs no scheduling point.
 *
 * @public
 */
export function attempt(): Operation<void> {
  return make(Kind.attempt, 0);
}

/**
 * Ends a turn of a retry loop that failed: sleeps, and the loop goes round. Under exploration it
 * goes on only after something that the agent read since {@link attempt} has changed, so that the
 * loop terminates: a turn in which nothing changed would fail in the same way.
 *
 * @param ms - milliseconds that a free thread sleeps, 0 to 3,600,000
 * @public
 */
export function retry(ms: number): Operation<void> {
  return make(Kind.retry, 0, milliseconds('retry', ms));
}

/**
 * The finding `assertion-failed` if this agent holds any lock (lockdep_assert_none_held_once).
 * Costs no scheduling point.
 *
 * @public
 */
export function assertNoneHeld(): Operation<void> {
  return make(Kind.assertNoneHeld, 0);
}

/**
 * Says that the agent has got somewhere: an operation of its own is complete, and the next one may
 * begin (a progress label; Holzmann, "The Model Checker SPIN", IEEE TSE 23, 1997). An agent that
 * comes by here again and again is at work, and no part of a livelock; who never gets its turn
 * beside it starves. Costs no scheduling point.
 *
 * @public
 */
export function progress(): Operation<void> {
  return make(Kind.progress, 0);
}

/**
 * Says that what the agent has been answered so far is of no account: all that it does from here on
 * follows from how often it has said so, or if there is one from `state`. As at the end of a loop's
 * body, whose variables are done with. The strategy `states` then takes for one what differs in
 * those answers only. It takes your word for it, but for what it happens to see; `--check-forget`
 * makes sure. A turn of a retry loop begins anew. Costs no scheduling point.
 *
 * @param state - all that the agent still depends on, where it is in its code included: a whole
 *   number of 32 bits
 * @public
 */
export function forget(state?: number): Operation<void> {
  if (state === undefined) return make(Kind.forget, 0);
  if (!fitsWord(state)) refuseValue(state, '`forget`');
  // In the place of an object: whether there is a state.
  return make(Kind.forget, 1, state);
}

function milliseconds(what: string, ms: number): number {
  if (!(ms >= 0 && ms <= 3_600_000)) {
    throw new RangeError(`\`${what}\` takes 0 to 3600000 milliseconds, not ${ms}`);
  }
  return Math.round(ms);
}
