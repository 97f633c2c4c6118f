import { BadLineError } from '../../trace/format/bad-line.ts';
import { Context, Mode, Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { TraceNames } from '../../trace/format/trace-names.ts';
import { LockOwners } from './lock-owners.ts';
import { LockClasses, type LockClass } from './lock-classes.ts';

/** A lock that an agent holds. */
export interface HeldEntry {
  readonly lock: number;
  readonly class: LockClass;
  readonly mode: number;
  readonly tried: boolean;
  /** The named lock that serialises nesting; -1 if none. */
  readonly nest: number;
  /** Of this acquisition; -1: the lock's own. */
  readonly subclass: number;
  readonly line: number;
  readonly place: number;
  readonly time: number;
  /** The interrupt context in which it was taken: bit 0 softirq, bit 1 hardirq. */
  readonly context: number;
  /**
   * Numbers of the chain of classes, and of the chain of locks, up to and with this one; for the
   * order checker. -1: not looked up.
   */
  chain: number;
  lockChain: number;
  /** The function it was taken in; empty if unknown. */
  readonly in: string;
}

/** What an agent waits for. */
export interface Waiting {
  /** -1 where it waits for the end of an agent. */
  readonly lock: number;
  readonly agent: number;
  readonly mode: number;
  readonly line: number;
  readonly place: number;
  readonly time: number;
}

interface SavedInterrupts {
  readonly context: number;
  readonly threaded: boolean;
  readonly irqsOff: boolean;
  readonly softirqsOff: boolean;
}

/** An agent as the trace has shown it so far. */
export class AgentState {
  readonly agent: number;
  /** Innermost last. */
  readonly held: HeldEntry[] = [];
  /** Bit 0: in a softirq, bit 1: in a hardirq; both where one interrupted the other. */
  context = 0;
  /** Whether the hardirq runs on a thread of its own under PREEMPT_RT. */
  threaded = false;
  irqsOff = false;
  softirqsOff = false;
  readonly interrupted: SavedInterrupts[] = [];
  readonly calls: string[] = [];
  waiting: Waiting | undefined;
  /** What is held, as it was when somebody asked; forgotten when it changes. */
  private heldNow: readonly HeldEntry[] | undefined;
  /** Grows whenever what is held changes. */
  heldVersion = 0;
  exited = false;
  line = 0;

  constructor(agent: number) {
    this.agent = agent;
  }

  /** What is held now, to be kept. */
  heldCopy(): readonly HeldEntry[] {
    return (this.heldNow ??= this.held.slice());
  }

  heldChanged(): void {
    this.heldNow = undefined;
    this.heldVersion++;
  }

  /** The innermost entry of a lock; -1 if it is not held. */
  indexOf(lock: number): number {
    const { held } = this;
    for (let index = held.length - 1; index >= 0; index--) {
      if (held[index]!.lock === lock) return index;
    }
    return -1;
  }
}

/** Agents, held locks, owners and interrupt states, as of the event before the present one. */
export class TraceState {
  readonly names: TraceNames;
  readonly classes: LockClasses;
  readonly agents: AgentState[] = [];
  private readonly owners: LockOwners;
  /** Where the entry stood that the last release took out; -1 if there was none. */
  releasedIndex = -1;
  released: HeldEntry | undefined;
  private readonly file: string;

  constructor(file: string, names: TraceNames) {
    this.file = file;
    this.names = names;
    this.classes = new LockClasses(names);
    this.owners = new LockOwners(names, this.classes);
  }

  agent(agent: number): AgentState {
    let state = this.agents[agent];
    if (state === undefined) {
      while (this.agents.length <= agent) this.agents.push(new AgentState(this.agents.length));
      state = this.agents[agent]!;
    }
    return state;
  }

  /**
   * Takes the event over into the state.
   *
   * @throws BadLineError if the rules of locks or interrupts make the event impossible
   */
  apply(event: TraceEvent, state: AgentState): void {
    state.line = event.line;
    switch (event.op) {
      case Op.acquire:
        return this.acquire(event, state);
      case Op.wait:
        state.waiting = {
          lock: event.object,
          agent: -1,
          mode: event.mode,
          line: event.line,
          place: event.place,
          time: event.time,
        };
        return;
      case Op.waitJoin: {
        const { object: agent, mode, line, place, time } = event;
        state.waiting = { lock: -1, agent, mode, line, place, time };
        return;
      }
      case Op.join:
        this.agent(event.object).exited = true;
        state.waiting = undefined;
        return;
      case Op.acquired:
      case Op.tryFailed:
      case Op.await:
        state.waiting = undefined;
        return;
      case Op.release:
        return this.release(event, state);
      case Op.downgrade:
        return this.downgrade(event, state);
      case Op.setSubclass:
        return this.setSubclass(event, state);
      case Op.init:
      case Op.free:
        this.owners.forget(event.object);
        return;
      case Op.irqEnter:
      case Op.irqExit:
      case Op.irqDisable:
      case Op.irqEnable:
        return this.interrupt(event, state);
      case Op.enter:
        state.calls.push(event.text);
        return;
      case Op.exit:
        state.calls.pop();
        return;
      case Op.agentExit:
        state.exited = true;
        return;
      case Op.lost:
        for (const agent of this.agents) {
          agent.held.length = 0;
          agent.heldChanged();
          agent.waiting = undefined;
        }
        return;
      default:
    }
  }

  private acquire(event: TraceEvent, state: AgentState): void {
    const { object: lock, mode, agent } = event;
    const other = this.owners.inTheWay(lock, agent, mode);
    if (other !== -1) this.refuse(event, other);
    this.owners.add(lock, agent, mode);
    if (this.names.options.exclusive) state.waiting = undefined;
    state.heldChanged();
    state.held.push({
      lock,
      class: this.classes.of(lock, event.subclass),
      mode,
      tried: event.tried,
      nest: event.nest,
      subclass: event.subclass,
      line: event.line,
      place: event.place,
      time: event.time,
      context: state.context,
      chain: 0,
      lockChain: -1,
      in: state.calls.at(-1) ?? '',
    });
  }

  /** An agent that stands in its own way is a finding; two agents inside are no trace. */
  private refuse({ agent, object, line }: TraceEvent, other: number): void {
    const name = (number: number): string => this.names.agentName(number);
    const entry = this.agent(other).held.findLast(({ lock }) => lock === object);
    const since = entry === undefined ? '' : ` since line ${entry.line}`;
    throw new BadLineError(
      this.file,
      line,
      `${name(agent)} acquires ${this.names.locks[object]!.id}, which ${name(other)} holds` +
        `${since}; expected a release before it`,
    );
  }

  private release(event: TraceEvent, state: AgentState): void {
    const { object: lock, agent } = event;
    const index = state.indexOf(lock);
    this.releasedIndex = index;
    this.released = undefined;
    if (index === -1) {
      // What another agent gives back belongs to nobody from here on.
      this.owners.forget(lock);
      return;
    }
    this.released = state.held[index]!;
    state.heldChanged();
    if (index === state.held.length - 1) state.held.pop();
    else state.held.splice(index, 1);
    if (this.released.mode === Mode.write) this.leaveWriter(lock, state);
    else this.owners.leaveReader(lock, agent);
    if (state.waiting?.lock === lock) state.waiting = undefined;
  }

  private downgrade(event: TraceEvent, state: AgentState): void {
    const index = state.indexOf(event.object);
    const entry = state.held[index];
    if (entry === undefined || entry.mode !== Mode.write) return;
    // Reports have the entry as it was.
    state.held[index] = { ...entry, mode: Mode.read };
    state.heldChanged();
    this.leaveWriter(event.object, state);
    this.owners.add(event.object, event.agent, Mode.read);
  }

  private setSubclass(event: TraceEvent, state: AgentState): void {
    const index = state.indexOf(event.object);
    if (index === -1) return;
    const { subclass } = event;
    const entry = {
      ...state.held[index]!,
      class: this.classes.of(event.object, subclass),
      subclass,
    };
    state.held[index] = entry;
    state.heldChanged();
  }

  private leaveWriter(lock: number, state: AgentState): void {
    for (const entry of state.held) {
      if (entry.lock === lock && entry.mode === Mode.write) return;
    }
    this.owners.leaveWriter(lock);
  }

  private interrupt(event: TraceEvent, state: AgentState): void {
    const hardirq = event.context === Context.hardirq;
    if (event.op === Op.irqEnter) {
      const { context, threaded, irqsOff, softirqsOff } = state;
      state.interrupted.push({ context, threaded, irqsOff, softirqsOff });
      state.context |= hardirq ? 2 : 1;
      state.threaded = event.threaded;
      state.irqsOff = true;
      if (!hardirq) state.softirqsOff = true;
      return;
    }
    if (event.op === Op.irqExit) {
      const saved = state.interrupted.pop();
      if (saved === undefined || (state.context & (hardirq ? 2 : 1)) === 0) {
        throw new BadLineError(
          this.file,
          event.line,
          `${this.names.agentName(event.agent)} leaves a ${hardirq ? 'hardirq' : 'softirq'} ` +
            'that it is not in; expected an irq-enter before it',
        );
      }
      state.context = saved.context;
      state.threaded = saved.threaded;
      state.irqsOff = saved.irqsOff;
      state.softirqsOff = saved.softirqsOff;
      return;
    }
    const off = event.op === Op.irqDisable;
    if (hardirq) state.irqsOff = off;
    else state.softirqsOff = off;
  }
}
