import { Mode, Op } from '../../../trace/format/operation.ts';
import { makeTraceEvent, type TraceEvent } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { EventSetting, HeldLock } from './event-setting.ts';
import { waitOperations } from './event-row.ts';
import type { TraceStore } from './trace-store.ts';
import { WaitScreen } from './wait-screen.ts';
import type { LoggedAgent, LoggedEvent, WindowLog } from './window-log.ts';

/** An agent as it was at an event of the log. */
class ReplayedAgent implements EventSetting {
  calls: readonly string[] = [''];
  readonly held: HeldLock[];
  heldVersion = 0;
  /** How many events it has had, and the line of the last. */
  ticks: number;
  line = 0;

  constructor({ base, held }: LoggedAgent) {
    this.held = [...held];
    this.ticks = base;
  }

  /** The innermost entry of a lock; -1 if it is not held. */
  private indexOf(lock: number): number {
    return this.held.findLastIndex((entry) => entry.lock === lock);
  }

  /** As `TraceState.apply`, of what is held. */
  apply({ op, object, mode }: TraceEvent, kindOf: (lock: number) => HeldLock['class']): void {
    if (op !== Op.acquire && op !== Op.release && op !== Op.downgrade) return;
    this.heldVersion++;
    if (op === Op.acquire) {
      this.held.push({ lock: object, mode, class: kindOf(object) });
      return;
    }
    const index = this.indexOf(object);
    if (index === -1) return;
    if (op === Op.release) this.held.splice(index, 1);
    else this.held[index] = { ...this.held[index]!, mode: Mode.read };
  }

  lose(): void {
    this.held.length = 0;
    this.heldVersion++;
  }
}

/** Goes through a log, with each agent as it was at each event. */
function walk(
  log: WindowLog,
  names: TraceNames,
  visit: (logged: LoggedEvent, agent: ReplayedAgent) => void,
): void {
  const event = makeTraceEvent();
  const logged: LoggedEvent = { event, inside: '', local: 0, lineBefore: 0, carried: false };
  const agents = log.agents.map((one) => new ReplayedAgent(one));
  const classes = names.locks.map(({ kind }) => ({ kind }));
  const classOf = (lock: number): HeldLock['class'] => classes[lock]!;
  log.replay(logged, () => {
    if (event.op === Op.lost) {
      for (const one of agents) one.lose();
      return;
    }
    const agent = agents[event.agent]!;
    if (event.op !== Op.downgrade) visit(logged, agent);
    if (!logged.carried) agent.apply(event, classOf);
  });
}

/** Whether some waits of a log may be in a ring, lock by lock. */
export function hasRing(log: WindowLog, names: TraceNames): boolean {
  const waits = new WaitScreen(names, true);
  walk(log, names, ({ event, carried }, { held }) => {
    if (!carried && waitOperations[event.op] === 1) waits.add(event, held);
  });
  return waits.suspects;
}

/**
 * Hands the events of a log to who makes something of them, each with its agent as it was then, and
 * leaves the store's agents as if it had seen all events that the log has merged.
 */
export function replay(
  log: WindowLog,
  store: TraceStore,
  names: TraceNames,
  take: (event: TraceEvent, setting: EventSetting) => void,
): void {
  for (const [agent, { base }] of log.agents.entries()) store.begin(agent, base);
  for (const object of log.signalledBefore) store.signalledBefore.add(object);
  walk(log, names, ({ event, inside, local, lineBefore, carried }, agent) => {
    if (carried) {
      store.carry(event, local, lineBefore);
      return;
    }
    if (agent.calls[0] !== inside) agent.calls = [inside];
    store.stand(event.agent, local, lineBefore);
    take(event, agent);
    // Of rows that stand for a later access some come before earlier ones.
    agent.ticks = Math.max(agent.ticks, local + 1);
    agent.line = Math.max(agent.line, event.line);
    store.stand(event.agent, agent.ticks, agent.line);
  });
  for (const [agent, { ticks, line }] of log.agents.entries()) {
    store.stand(agent, ticks, line);
  }
}
