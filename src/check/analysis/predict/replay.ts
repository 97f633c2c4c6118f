import { Mode, Op } from '../../../trace/format/operation.ts';
import { makeTraceEvent, type TraceEvent } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { EventSetting, HeldLock } from './event-setting.ts';
import type { TraceStore } from './trace-store.ts';
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
  const logged: LoggedEvent = {
    event: makeTraceEvent(),
    inside: '',
    local: 0,
    lineBefore: 0,
    carried: false,
  };
  const { event } = logged;
  const agents = log.agents.map((logged) => new ReplayedAgent(logged));
  const classes = names.locks.map(({ kind }) => ({ kind }));
  for (const [agent, { base }] of log.agents.entries()) store.begin(agent, base);
  for (const object of log.signalledBefore) store.signalledBefore.add(object);
  log.replay(logged, () => {
    const agent = agents[event.agent]!;
    const { op } = event;
    if (logged.carried) {
      store.carry(event, logged.local, logged.lineBefore);
      return;
    }
    if (op === Op.lost) for (const one of agents) one.lose();
    else if (op !== Op.downgrade) {
      if (agent.calls[0] !== logged.inside) agent.calls = [logged.inside];
      store.stand(event.agent, logged.local, logged.lineBefore);
      take(event, agent);
      // Of rows that stand for a later access some come before earlier ones.
      agent.ticks = Math.max(agent.ticks, logged.local + 1);
      agent.line = Math.max(agent.line, event.line);
      store.stand(event.agent, agent.ticks, agent.line);
    }
    agent.apply(event, (lock) => classes[lock]!);
  });
  for (const [agent, { ticks, line }] of log.agents.entries()) {
    store.stand(agent, ticks, line);
  }
}
