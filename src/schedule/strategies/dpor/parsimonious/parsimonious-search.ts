import { Kind } from '../../../../program/kinds.ts';
import type { Machine } from '../../../../execute/machine.ts';
import { firstOf, type ExecutionOutcome } from '../../../../execute/strategy.ts';
import { requirePending } from '../../dfs.ts';
import type { BeginningsPiece } from '../piece.ts';
import { Beginnings, type PlainBeginning } from './beginnings.ts';
import { Execution } from './execution.ts';
import { OpenRaces } from './open-races.ts';
import { Overtakings } from './overtakings.ts';
import { Reversals } from './reversals.ts';

/** The parsimonious search; see ARCHITECTURE.md. */
export class ParsimoniousSearch {
  /** No execution is given up. */
  readonly blocked = 0;
  private readonly execution: Execution;
  private readonly races: OpenRaces;
  private readonly overtakings: Overtakings;
  private readonly reversals: Reversals;
  private readonly beginnings = new Beginnings();
  private readonly machine: Machine;
  private depth = 0;

  /** @param begin - what is to be run; default: all */
  constructor(machine: Machine, agents: number, begin?: readonly PlainBeginning[]) {
    this.machine = machine;
    this.execution = new Execution(machine.memory, agents);
    this.overtakings = new Overtakings(this.execution);
    this.races = new OpenRaces(this.execution, this.overtakings);
    const { execution, overtakings, races, beginnings } = this;
    this.reversals = new Reversals(execution, overtakings, races, beginnings, machine);
    for (const one of begin ?? []) beginnings.put(one);
    if (begin !== undefined) beginnings.take();
  }

  get waiting(): { readonly now: number; readonly most: number } {
    return { now: this.beginnings.steps, most: this.beginnings.stepsMax };
  }

  begin(): boolean {
    const { execution, beginnings, races, overtakings } = this;
    const { steps } = execution;
    this.depth = 0;
    if (!beginnings.take()) return false;
    let same = 0;
    const most = Math.min(beginnings.length, steps.length);
    while (same < most && steps.agent[same] === beginnings.agent(same)) same++;
    races.truncate(same);
    overtakings.truncate(same);
    steps.truncate(same);
    return true;
  }

  choose(enabled: number, _current: number, machine: Machine): number {
    const { execution, beginnings } = this;
    const { steps } = execution;
    const at = this.depth++;
    if (at < steps.length) {
      const agent = steps.agent[at]!;
      this.verify(enabled, agent, steps.kind[at]!, steps.object[at]!);
      return agent;
    }
    let chosen: number;
    let origin = at;
    if (at < beginnings.length) {
      chosen = beginnings.agent(at);
      origin = beginnings.origin(at);
      this.verify(enabled, chosen, beginnings.kind(at), beginnings.object(at));
    } else if (at === beginnings.length && isIn(enabled, beginnings.next)) {
      chosen = beginnings.next;
      origin = beginnings.nextOrigin;
    } else chosen = firstOf(enabled);
    execution.push(machine, chosen, origin);
    this.races.add();
    return chosen;
  }

  /** The execution is over. */
  end({ end }: ExecutionOutcome): void {
    this.reversals.reverseAll(end === 'cutOff');
  }

  give(): BeginningsPiece | undefined {
    const { beginnings } = this;
    return beginnings.count < 2 ? undefined : { beginnings: [beginnings.takeLowest()] };
  }

  rest(): BeginningsPiece | undefined {
    const { beginnings } = this;
    return beginnings.count === 0 ? undefined : { beginnings: beginnings.all() };
  }

  private verify(enabled: number, agent: number, kind: number, object: number): void {
    const { machine } = this;
    const place = kind === Kind.retry ? machine.pendingObject[agent]! : object;
    requirePending(machine, enabled, this.depth - 1, agent, kind, place);
  }
}

function isIn(agents: number, agent: number): boolean {
  return agent >= 0 && (agents & (1 << agent)) !== 0;
}
