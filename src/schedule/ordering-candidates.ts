import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import type { Machine } from '../execute/machine.ts';
import type { Program } from '../execute/program.ts';
import { firstOf, type Strategy } from '../execute/strategy.ts';
import { Kind } from '../program/kinds.ts';
import { followUpOf, notGranted } from '../program/operation-table.ts';
import type { FindingRecord } from './finding-record.ts';
import { dependent, stepsIn, type OrderedStep } from './step-order.ts';
import { ActCounter, type Act } from './strategies/constrained.ts';

/** One side of an ordering. */
export interface OrderedAct extends Act {
  /**
   * `done`: in the schedule. `asked`: the agent waits there when the finding is true. `later`: the
   * agent has not come to it yet.
   */
  readonly when: 'done' | 'asked' | 'later';
  /** The stack at which the operation was made, where it is known. */
  readonly stack: string | undefined;
}

/** In the schedule of the finding the one came before the other. */
export interface Ordering {
  readonly before: OrderedAct;
  readonly after: OrderedAct;
}

/** An operation with its act. */
interface Occurrence {
  readonly step: OrderedStep;
  readonly act: OrderedAct;
}

/**
 * The orderings that make a schedule what it is, up to the order of independent steps: of its steps
 * that do not commute, those that no chain of others implies; and of what agents had not done yet
 * when the finding became true, the first operation that does not commute with a step.
 */
export function candidatesOf(program: Program, record: FindingRecord): Ordering[] {
  const count = record.steps.agents.length;
  const done = occurrencesIn(record.details, count, 'done');
  const orderings = [
    ...immediate(done, program.agents.length),
    ...pending(done, [...waiting(record, done), ...continued(program, record)]),
  ];
  // A retry depends on all that its turn read: no ordering of two operations says that.
  return orderings.filter(
    ({ before, after }) => before.kind !== Kind.retry && after.kind !== Kind.retry,
  );
}

function occurrencesIn(details: Details, count: number, when: OrderedAct['when']): Occurrence[] {
  const counter = new ActCounter();
  return stepsIn(details, count).map((step) => {
    const { agent, kind, object, event } = step;
    const act = { ...counter.add(agent, kind, object), when, stack: details.stacks[event] };
    // As the constrained strategy counts: what is granted at once is its follow-up, too.
    const followUp = followUpOf[kind]!;
    const granted = followUp !== Kind.none && details.log.result(event) !== notGranted;
    if (granted) counter.add(agent, followUp, object);
    return { step, act };
  });
}

/** Pairs of steps that do not commute, without those that others imply. */
function immediate(done: readonly Occurrence[], agents: number): Ordering[] {
  const orderings: Ordering[] = [];
  /** For each step: the last step of each agent that comes before it in every order; or itself. */
  const clocks: Int32Array[] = [];
  const last = new Int32Array(agents).fill(-1);
  for (const [at, { step, act }] of done.entries()) {
    const own = last[step.agent]!;
    const clock = own < 0 ? new Int32Array(agents).fill(-1) : clocks[own]!.slice();
    for (let i = at - 1; i >= 0; i--) {
      const before = done[i]!;
      const { agent } = before.step;
      if (agent === step.agent || clock[agent]! >= i || !dependent(before.step, step)) continue;
      orderings.push({ before: before.act, after: act });
      for (const [other, seen] of clocks[i]!.entries())
        clock[other] = Math.max(clock[other]!, seen);
    }
    clock[step.agent] = at;
    last[step.agent] = at;
    clocks.push(clock);
  }
  return orderings;
}

/** Operations that agents wait at when the schedule ends. */
function waiting({ details, finding }: FindingRecord, done: readonly Occurrence[]): Occurrence[] {
  const { log, stacks } = details;
  const stuck = [...finding.parties, ...(finding.alsoStuck ?? [])];
  const last = new Map<number, number>();
  for (let event = 0; event < log.length; event++) {
    // A stall is nobody's.
    if (log.kind(event) !== Kind.stall) last.set(log.agent(event), event);
  }
  return [...last].flatMap(([agent, event]) => {
    const kind = log.argument(event);
    if (log.kind(event) !== Kind.wait || kind === Kind.retry) return [];
    const object = log.object(event);
    const occurrence = done.filter(
      ({ act }) => act.agent === agent && act.kind === kind && act.object === object,
    ).length;
    const asked = finding.kind === 'deadlock' && stuck.some((party) => party.agent === agent);
    const when: OrderedAct['when'] = asked ? 'asked' : 'later';
    const act = { agent, kind, object, occurrence, when, stack: stacks[event] };
    return [{ step: { agent, kind, object, last: object, event }, act }];
  });
}

/** What the others would do if the agent of the last step stopped short of it. */
function continued(program: Program, record: FindingRecord): Occurrence[] {
  const { agents } = record.steps;
  const coroutines = new Coroutines(program);
  const details = new Details();
  coroutines.runDetailed(new OthersFirst(agents), details);
  const postponed = agents[agents.length - 1]!;
  return occurrencesIn(details, Infinity, 'later')
    .slice(agents.length - 1)
    .filter(({ step }) => step.agent !== postponed);
}

/** Of what was not done, the first operation of each agent on an object, and what it follows. */
function pending(done: readonly Occurrence[], open: readonly Occurrence[]): Ordering[] {
  const seen = new Set<string>();
  return open.flatMap(({ step, act }) => {
    const place = `${step.agent} ${step.object}`;
    const before = done.findLast(
      (one) => one.step.agent !== step.agent && dependent(one.step, step),
    );
    if (before === undefined || seen.has(place)) return [];
    seen.add(place);
    return [{ before: before.act, after: act }];
  });
}

/** Follows a schedule up to its last step; that agent then goes only when nobody else can. */
class OthersFirst implements Strategy {
  readonly name = 'others-first';
  readonly everyStep = true;
  readonly repeats = false;
  readonly options = {};
  private at = 0;
  private readonly agents: Int32Array;

  constructor(agents: Int32Array) {
    this.agents = agents;
  }

  begin(): boolean {
    this.at = 0;
    return true;
  }

  choose(enabled: number, current: number, _machine: Machine): number {
    const { agents } = this;
    const last = agents.length - 1;
    const next = agents[this.at]!;
    if (this.at < last && (enabled & (1 << next)) !== 0) {
      this.at++;
      return next;
    }
    const others = enabled & ~(1 << agents[last]!);
    if (others === 0) return firstOf(enabled);
    return current >= 0 && (others & (1 << current)) !== 0 ? current : firstOf(others);
  }

  end(): void {
    // It is run once.
  }
}
