import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { FindingRecord } from './finding-record.ts';
import { requirementsOf, stepsIn, type OrderedStep } from './step-order.ts';

/** Steps of a schedule that is put into its normal form, and states of the search, at the most. */
const stepsMax = 3000;
const statesMax = 20_000;
/** States of one length that the search goes on with. */
const widthMax = 500;

/** A way to perform some of the steps: how many of each agent, and whose turns made them. */
interface Prefix {
  readonly done: readonly number[];
  /** The way without its last turn. */
  readonly before: Prefix | undefined;
  /** Whose turn was the last. */
  readonly agent: number;
}

/**
 * A schedule's normal form: of all orders of its steps that differ in independent steps only, one
 * with the fewest switches between agents; of these, the first in the order of the agents' numbers.
 *
 * In the manner of dejafu's trace simplification (Walker, Runciman, Haskell 2015), which sorts,
 * pulls back and pushes forward adjacent independent steps; here the switches are minimised
 * outright. An agent that has the turn goes on as far as what it depends on allows: to stop it
 * earlier can never save a switch, as its further steps may be moved into its turn. So only whose
 * turn comes next is searched for, breadth first. Of a search that grows too large only a part goes
 * on.
 *
 * @returns undefined if the schedule is too long, or is in its normal form
 */
export function normalForm(record: FindingRecord): RecordedSteps | undefined {
  const { details, subject } = record;
  const { agents, kinds, objects } = record.steps;
  if (agents.length > stepsMax) return undefined;
  const steps = stepsIn(details, agents.length);
  if (steps.length < agents.length) return undefined;
  const order = fewestTurns(steps, subject.agentCount);
  if (order === undefined || order.every((step, at) => step === at)) return undefined;
  return {
    agents: Int32Array.from(order, (step) => agents[step]!),
    kinds: Int32Array.from(order, (step) => kinds[step]!),
    objects: Int32Array.from(order, (step) => objects[step]!),
  };
}

/**
 * Puts a record's schedule into its normal form, if the replay of that shows the same finding in no
 * more steps and no more preemptions.
 *
 * @param replay - records the finding as a schedule shows it; undefined if it does not
 */
export function inNormalForm(
  record: FindingRecord,
  replay: (steps: RecordedSteps) => FindingRecord | undefined,
): FindingRecord {
  const steps = normalForm(record);
  if (steps === undefined) return record;
  const sorted = replay(steps);
  const same =
    sorted !== undefined &&
    sorted.fingerprint === record.fingerprint &&
    sorted.steps.agents.length <= record.steps.agents.length &&
    sorted.preemptions <= record.preemptions;
  return same ? sorted : record;
}

/** The order with the fewest turns, as numbers of steps; undefined if the search ended early. */
function fewestTurns(steps: readonly OrderedStep[], agents: number): number[] | undefined {
  const needs = requirementsOf(steps, agents);
  const own: number[][] = Array.from({ length: agents }, () => []);
  for (const [at, { agent }] of steps.entries()) own[agent]!.push(at);
  let level: Prefix[] = [{ done: new Array<number>(agents).fill(0), before: undefined, agent: -1 }];
  let states = 0;
  const seen = new Set<string>();
  while (level.length > 0 && states < statesMax) {
    const next: Prefix[] = [];
    for (const prefix of level) {
      if (prefix.done.every((count, agent) => count === own[agent]!.length)) {
        return stepsOfTurns(prefix, own);
      }
      for (let agent = 0; agent < agents; agent++) {
        const done = turn(prefix.done, agent, own[agent]!, needs);
        if (done === undefined) continue;
        const signature = done.join(' ');
        if (seen.has(signature)) continue;
        seen.add(signature);
        states++;
        next.push({ done, before: prefix, agent });
      }
    }
    level = widest(next);
  }
  return undefined;
}

/** What is done after the agent's turn; undefined if it cannot move. */
function turn(
  done: readonly number[],
  agent: number,
  own: readonly number[],
  needs: readonly Int32Array[],
): number[] | undefined {
  let position = done[agent]!;
  while (position < own.length) {
    const need = needs[own[position]!]!;
    if (need.some((count, other) => count > done[other]!)) break;
    position++;
  }
  if (position === done[agent]) return undefined;
  return done.map((count, other) => (other === agent ? position : count));
}

/** Of too many prefixes, those that have come furthest. */
function widest(prefixes: Prefix[]): Prefix[] {
  if (prefixes.length <= widthMax) return prefixes;
  const length = ({ done }: Prefix): number => done.reduce((sum, count) => sum + count, 0);
  return prefixes.sort((one, other) => length(other) - length(one)).slice(0, widthMax);
}

function stepsOfTurns(end: Prefix, own: readonly (readonly number[])[]): number[] {
  const turns: Prefix[] = [];
  for (let at = end; at.before !== undefined; at = at.before) turns.push(at);
  return turns
    .reverse()
    .flatMap(({ before, agent, done }) => own[agent]!.slice(before!.done[agent], done[agent]));
}
