import { Kind } from '../../program/kinds.ts';
import { Access, accessOf } from '../../program/operation-table.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf } from '../../execute/strategy.ts';
import type { BoundedDporPiece } from './bounded-dpor-piece.ts';
import type { PieceStrategy } from './division.ts';
import { Claims } from './dpor/claims.ts';
import { Footprints, turnAccess } from './dpor/footprints.ts';
import { numberedStep, plainStep } from './dpor/plain-steps.ts';
import { HappensBefore } from './dpor/happens-before.ts';
import { longer, mayWait, Steps } from './dpor/steps.ts';
import { requirePending } from './dfs.ts';
import { preempts } from './loose-replay.ts';

/** What lies in the parts that explore. */
interface Parts {
  readonly steps: Steps;
  readonly order: HappensBefore;
  readonly footprints: Footprints;
  readonly claims: Claims;
}

/**
 * Dynamic partial order reduction within a bound on preemptions: BPOR (Coons, Musuvathi, McKinley,
 * "Bounded Partial-Order Reduction", OOPSLA 2013, section 4). It runs every trace that has a
 * schedule within the bound: final states, deadlocks, races and lock orders are matters of those.
 *
 * Where two steps race, the later one's agent is tried before the earlier one (Flanagan, Godefroid,
 * POPL 2005), and *conservatively* also where the earlier one's agent took the turn: from there on
 * it has its turn without a preemption more. Of sleep sets only so much is sound under a bound: an
 * agent sleeps where others were tried instead if it could have gone on, or if it ends with its
 * step. To take that step first costs no preemption more then, so that all that follows is within
 * the bound there, too.
 *
 * It is not optimal: it runs some traces more than once, and begins executions that it gives up.
 */
export class BoundedDpor implements PieceStrategy {
  readonly name = 'dpor';
  readonly everyStep = true;
  readonly repeats = false;
  readonly goesOn = true;
  readonly missesStates = true;
  readonly options: { readonly preemptions: number };
  /** True once all that the bound allows has been run. */
  exhausted = false;
  /** Executions given up, as all who could go were asleep. */
  blocked = 0;
  private begun = false;
  private depth = 0;
  private agents = 0;
  private machine: Machine | undefined;
  private parts: Parts | undefined;
  /** For each depth: who could go, who is to be tried, and who has been. */
  private enabled: Int32Array = new Int32Array(64);
  private todo: Int32Array = new Int32Array(64);
  private done: Int32Array = new Int32Array(64);
  /** The agent from which a switch is a preemption, or -1; and the preemptions before. */
  private current: Int32Array = new Int32Array(64);
  private cost: Int32Array = new Int32Array(64);
  /** The agent that is to be tried at the depth at which the search went back. */
  private next = -1;
  /** Steps whose races have been looked at. */
  private seen = 0;
  /** Who had not ended at the end of the execution before. */
  private alive = 0;
  private leftOut = false;
  /** Whether there is a `next`; undefined: the search has not gone back yet. */
  private isReady: boolean | undefined;
  private readonly piece: BoundedDporPiece | undefined;
  /** Steps of the piece that are to be made in its first execution. */
  private prefix: BoundedDporPiece['steps'] = [];

  /**
   * @param options.preemptions - at the most, in one execution
   * @param piece - what is left to be run; default: all
   */
  constructor(options: { readonly preemptions: number }, piece?: BoundedDporPiece) {
    this.options = options;
    this.piece = piece;
    this.leftOut = piece?.leftOut ?? false;
    if (piece === undefined) return;
    this.begun = true;
    this.next = piece.next;
    this.isReady = piece.next >= 0;
    this.prefix = piece.steps;
    this.seen = piece.steps.length;
    for (const [at, depth] of piece.depths.entries()) {
      while (at + 1 >= this.todo.length) this.grow();
      this.enabled[at] = depth.enabled;
      this.todo[at] = depth.todo;
      this.done[at] = depth.done;
      this.current[at] = depth.current;
      this.cost[at] = depth.cost;
    }
  }

  /** A search that left nothing out was limited to nothing. */
  get limits(): string {
    if (this.exhausted && !this.leftOut) return '';
    const { preemptions } = this.options;
    return ` with at most ${preemptions} ${preemptions === 1 ? 'preemption' : 'preemptions'}`;
  }

  begin(_execution: number, agents: number): boolean {
    this.agents = agents;
    if (this.begun && !this.goBack()) {
      this.exhausted = true;
      return false;
    }
    this.isReady = undefined;
    this.begun = true;
    this.depth = 0;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const parts = this.parts ?? this.prepare(machine);
    const { steps } = parts;
    const at = this.depth;
    if (at < steps.length) {
      this.verify(enabled, machine, steps, at);
      this.depth++;
      return steps.agent[at]!;
    }
    const before = this.prefix[at];
    if (before !== undefined) return this.again(parts, enabled, machine, before);
    this.prefix = [];
    let chosen = this.next;
    this.next = -1;
    if (chosen < 0) chosen = this.arrive(parts, enabled, current, machine);
    if (chosen < 0) return -1;
    this.take(parts, chosen, machine);
    return chosen;
  }

  end(): void {
    const { parts, machine } = this;
    if (parts === undefined || machine === undefined) return;
    const { steps, order } = parts;
    for (let step = this.seen; step < steps.length; step++) {
      for (let race = order.raceStart(step); race < order.raceEnds[step]!; race++) {
        this.tryBefore(parts, order.races[race]!, steps.agent[step]!);
      }
    }
    this.seen = steps.length;
    this.alive = machine.alive;
    const stuck = machine.alive & ~machine.enabled;
    for (let left = stuck; left !== 0; left &= left - 1) this.tryStuck(parts, firstOf(left));
  }

  /** Nothing: see ARCHITECTURE.md why no other thread may run any of it. */
  give(): undefined {
    return undefined;
  }

  rest(): BoundedDporPiece {
    const { parts, leftOut } = this;
    if (!this.goBack()) return { steps: [], depths: [], next: -1, leftOut: this.leftOut };
    if (parts === undefined) return { ...this.piece!, leftOut };
    const { steps, claims, footprints } = parts;
    const columns = Array.from({ length: steps.length }, (_, at) => {
      const { agent, kind, object } = steps.numbered(at);
      return [agent, kind, kind === Kind.retry ? 0 : object];
    });
    const depths = Array.from({ length: steps.length + 1 }, (_, at) => ({
      enabled: this.enabled[at]!,
      todo: this.todo[at]!,
      done: this.done[at]!,
      current: this.current[at]!,
      cost: this.cost[at]!,
      sleepers: claims.sleepers(at).map((sleeper) => plainStep(sleeper, footprints)),
    }));
    return { steps: columns, depths, next: this.next, leftOut: this.leftOut };
  }

  /** Tells as if it were that other search. */
  follow({ leftOut, exhausted }: BoundedDpor): void {
    this.leftOut = leftOut;
    this.exhausted = exhausted;
  }

  /** Whether there is an execution to be run: from then on the next one is known. */
  private goBack(): boolean {
    this.isReady ??= this.parts !== undefined && this.backtrack(this.parts);
    return this.isReady;
  }

  /** A step that was made before the search was saved. */
  private again(
    { steps, order }: Parts,
    enabled: number,
    machine: Machine,
    [agent, kind, object]: readonly number[],
  ): number {
    const place = kind === Kind.retry ? machine.pendingObject[agent!]! : object!;
    requirePending(machine, enabled, this.depth, agent!, kind!, place);
    steps.push(machine, agent!);
    order.add();
    this.depth++;
    return agent!;
  }

  private prepare(machine: Machine): Parts {
    const footprints = new Footprints();
    const steps = new Steps(machine.memory, footprints);
    const order = new HappensBefore(steps, footprints, this.agents);
    this.parts = { steps, order, footprints, claims: new Claims(footprints) };
    this.parts.claims.clear(0);
    for (const [at, { sleepers }] of (this.piece?.depths ?? []).entries()) {
      this.parts.claims.clear(at);
      for (const sleeper of sleepers) {
        const { agent, object, last, access } = numberedStep(sleeper, footprints);
        this.parts.claims.add(at, agent, object, last, access);
      }
    }
    this.machine = machine;
    return this.parts;
  }

  /** A depth not met before: whoever has the turn goes on. */
  private arrive(parts: Parts, enabled: number, current: number, machine: Machine): number {
    const at = this.depth;
    if (at + 1 >= this.todo.length) this.grow();
    const before =
      at === 0 ? 0 : this.cost[at - 1]! + this.costOf(at - 1, parts.steps.agent[at - 1]!);
    this.enabled[at] = enabled;
    this.done[at] = 0;
    this.current[at] = preempts(current, enabled, machine) ? current : -1;
    this.cost[at] = before;
    const free = enabled & ~parts.claims.asleep[at]!;
    let chosen = this.current[at]!;
    if (chosen < 0) {
      const goesOn = current >= 0 && (free & (1 << current)) !== 0;
      chosen = goesOn ? current : free === 0 ? -1 : firstOf(free);
    } else if ((free & (1 << chosen)) === 0) {
      chosen = -1;
    }
    this.todo[at] = chosen < 0 ? 0 : 1 << chosen;
    if (chosen < 0) this.blocked++;
    return chosen;
  }

  private take({ steps, order, claims }: Parts, chosen: number, machine: Machine): void {
    const at = this.depth++;
    this.done[at] = this.done[at]! | (1 << chosen);
    steps.push(machine, chosen);
    order.add();
    claims.clear(at + 1);
    const asleep = claims.asleep[at]!;
    if (asleep === 0) return;
    const { object, last, access } = steps;
    const left = claims.after(at, asleep, chosen, object[at]!, last[at]!, access[at]!);
    claims.copy(at, left, at + 1);
  }

  /** What it costs to choose the agent at a depth. */
  private costOf(at: number, agent: number): number {
    const current = this.current[at]!;
    return current < 0 || current === agent ? 0 : 1;
  }

  /** The deepest depth at which somebody is still to be tried. */
  private backtrack(parts: Parts): boolean {
    const { steps, order, claims } = parts;
    for (let at = steps.length - 1; at >= 0; at--) {
      const agent = steps.agent[at]!;
      if (agent === this.current[at] || this.hasEnded(steps, at)) {
        claims.add(at, agent, steps.object[at]!, steps.last[at]!, steps.access[at]!);
      }
      for (let left = this.todo[at]! & ~this.done[at]!; left !== 0; left &= left - 1) {
        const next = firstOf(left);
        this.done[at] = this.done[at]! | (1 << next);
        if ((claims.asleep[at]! & (1 << next)) !== 0) continue;
        if (this.cost[at]! + this.costOf(at, next) > this.options.preemptions) {
          this.leftOut = true;
          continue;
        }
        steps.truncate(at);
        order.truncate(at);
        this.next = next;
        this.seen = at;
        return true;
      }
    }
    return false;
  }

  /** Whether its agent ended with a step. */
  private hasEnded({ agent, lastOf }: Steps, at: number): boolean {
    return lastOf[agent[at]!] === at && (this.alive & (1 << agent[at]!)) === 0;
  }

  /** The agent is to be tried before a step, and where that step's agent took the turn. */
  private tryBefore({ steps }: Parts, first: number, agent: number): void {
    this.add(first, agent);
    let start = first;
    while (start > 0 && steps.agent[start - 1] === steps.agent[first]) start--;
    if (start < first) this.add(start, agent);
  }

  private add(at: number, agent: number): void {
    const enabled = this.enabled[at]!;
    const goes = (enabled & (1 << agent)) !== 0;
    this.todo[at] = this.todo[at]! | (goes ? 1 << agent : enabled);
  }

  /** An agent that waits to the end could have gone before what it waits for. */
  private tryStuck(parts: Parts, agent: number): void {
    const { steps, order, footprints } = parts;
    const machine = this.machine!;
    const kind = machine.pendingKind[agent]!;
    if (mayWait[kind] === 0) return;
    let object = machine.pendingObject[agent]!;
    let access = accessOf[kind]!;
    if (kind === Kind.retry) {
      object = footprints.turn(machine.turnOf(agent).reads);
      access = turnAccess;
    }
    if (access === Access.none) return;
    const previous = steps.lastOf[agent]!;
    for (let first = steps.length - 1; first >= 0; first--) {
      if (steps.agent[first] === agent) continue;
      if (previous >= 0 && order.before(first, previous)) continue;
      const clash = footprints.clash(
        steps.object[first]!,
        steps.last[first]!,
        steps.access[first]!,
        object,
        object,
        access,
      );
      if (clash) this.tryBefore(parts, first, agent);
    }
  }

  private verify(enabled: number, machine: Machine, steps: Steps, at: number): void {
    const agent = steps.agent[at]!;
    const kind = steps.kind[at]!;
    const object = kind === Kind.retry ? machine.pendingObject[agent]! : steps.object[at]!;
    requirePending(machine, enabled, at, agent, kind, object);
  }

  private grow(): void {
    this.enabled = longer(this.enabled);
    this.todo = longer(this.todo);
    this.done = longer(this.done);
    this.current = longer(this.current);
    this.cost = longer(this.cost);
  }
}
