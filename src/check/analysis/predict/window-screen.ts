import { Mode, Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { AgentState } from '../trace-state.ts';
import { recentMax, takeOpen } from './agent-events.ts';
import { waitOperations } from './event-row.ts';
import { hasRing } from './replay.ts';
import { WaitScreen } from './wait-screen.ts';
import { WindowLog, type LoggedAgent } from './window-log.ts';
import { WordScreen } from './word-screen.ts';

/** Which steps a trace can be asked to predict. */
export interface Predictions {
  readonly races: boolean;
  readonly deadlocks: boolean;
}

/**
 * Looks at the events of a window before anything is made of them: whether some word may race in
 * another order, and whether some waits may be in a ring. Where neither is so, which is told at
 * little cost, there is nothing to predict. Where one is, the log has all that is needed.
 */
export class WindowScreen {
  readonly log: WindowLog = new WindowLog();
  /** What words tell is needed to merge accesses, whether races are predicted or not. */
  private readonly words = new WordScreen();
  private readonly waits: WaitScreen;
  private readonly names: TraceNames;
  private readonly predictions: Predictions;
  /** Up to so many rows each event has one of its own. */
  private readonly fullMax: number;

  constructor(names: TraceNames, predictions: Predictions, fullMax: number) {
    this.names = names;
    this.predictions = predictions;
    this.waits = new WaitScreen(names);
    this.fullMax = fullMax;
  }

  /** Whether some word may race. */
  get suspectsRace(): boolean {
    return this.predictions.races && this.words.suspects;
  }

  /** Whether some word may race or some waits may be in a ring; not for each event. */
  suspects(): boolean {
    if (this.suspectsRace) return true;
    if (!this.predictions.deadlocks || !this.waits.suspects) return false;
    return hasRing(this.log, this.names);
  }

  addAccess(event: TraceEvent, state: AgentState): void {
    const { op, object, agent } = event;
    const { words, log } = this;
    const own = log.of(agent);
    words.meet(agent);
    const at = words.at(object);
    const writes = op === Op.write || op === Op.readModifyWrite;
    const learns = op !== Op.write && words.isNews(at, agent);
    const slot = ((object << 1) & (recentMax - 1)) | (writes ? 1 : 0);
    const recent = own.recent[slot]!;
    const local = own.ticks;
    words.guard(at, state.held, writes);
    if (!learns && recent >= own.calm && this.merges(at, recent, event, state, own)) {
      log.merge(recent, event, own);
      words.access(at, event, local, log.next);
      return;
    }
    const row = log.add(event, state, own);
    if (log.length > this.fullMax) own.recent[slot] = row;
    words.access(at, event, local, row);
    if (learns) own.calm = log.next;
  }

  /** Takes any other event over. */
  add(event: TraceEvent, state: AgentState): void {
    const { op, object, agent } = event;
    const { words, log } = this;
    const own = log.of(agent);
    words.meet(agent);
    const row = log.add(event, state, own);
    own.calm = log.next;
    switch (op) {
      case Op.fork:
      case Op.join: {
        words.meet(object);
        const other = log.of(object);
        if (op === Op.fork) words.learn(object, agent, own.ticks);
        else words.learn(agent, object, other.ticks);
        // What the other does from here on is not what it had done here.
        other.calm = log.next;
        break;
      }
      case Op.await:
        words.await(object, agent);
        break;
      case Op.complete:
        words.complete(object, agent, own.ticks);
        log.signal(object);
        break;
      case Op.conditionNotify:
        log.signal(object);
        break;
      case Op.acquire:
        own.open.push(object, row);
        break;
      case Op.release:
        takeOpen(own.open, object);
        return;
      default:
    }
    if (this.predictions.deadlocks && waitOperations[op] === 1) this.waits.add(event, state.held);
  }

  /** Notes what changes the held locks, and is nothing else. */
  addHeldChange(event: TraceEvent, state: AgentState): void {
    const { log } = this;
    if (event.op === Op.lost) {
      log.addUncounted(event, log.of(Math.max(0, event.agent)));
      for (const own of log.agents) own.calm = log.next;
      return;
    }
    const entry = state.held[state.indexOf(event.object)];
    if (event.op !== Op.downgrade || entry?.mode !== Mode.write) return;
    const own = log.of(event.agent);
    log.addUncounted(event, own);
    own.calm = log.next;
  }

  /** Begins a window. */
  restart(agents: readonly AgentState[]): void {
    this.log.restart(agents.map(({ held }) => held));
    this.words.clear();
    this.waits.clear();
  }

  /**
   * Whether a row may stand for an access that learns nothing. As in a `TraceStore` the two must
   * differ in nothing but the line, with nothing but accesses of the agent in between. Since the
   * store sees the row where it stands and not here, nobody else may have touched the word since;
   * or it is a read, and nobody has written.
   */
  private merges(
    at: number,
    row: number,
    event: TraceEvent,
    state: AgentState,
    own: LoggedAgent,
  ): boolean {
    const { words } = this;
    const alone =
      words.isOwnSince(at, event.agent, row) ||
      (event.op === Op.read && words.isUnwrittenSince(at, row));
    return alone && this.log.isAlike(row, event, state, own);
  }
}
