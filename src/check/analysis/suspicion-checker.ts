import { Mode, Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import { atomicity, Locksets, type GuardedAccess } from '../lockset.ts';
import type { AnalysisFindings } from './analysis-finding.ts';
import { whereText } from './order/order-text.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';

/** What hands over beside locks: words, completions and agents have channels of their own. */
const channelKinds = 3;
const wordChannel = 0;
const lockChannel = 1;
const agentChannel = 2;

/** Suspicions of a trace ({@link Locksets}): only where `--checks` names them. */
export class SuspicionChecker implements TraceChecker {
  private readonly locksets = new Locksets();
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  before(event: TraceEvent, agent: AgentState): void {
    const { locksets } = this;
    const { op, object } = event;
    switch (op) {
      case Op.read:
      case Op.write:
      case Op.readModifyWrite:
      case Op.waitOn:
        return this.access(event, agent);
      case Op.fork:
        locksets.publish(event.agent, object * channelKinds + agentChannel);
        locksets.learn(object, object * channelKinds + agentChannel);
        return;
      case Op.join:
        locksets.publish(object, object * channelKinds + agentChannel);
        locksets.learn(event.agent, object * channelKinds + agentChannel);
        return;
      case Op.complete:
      case Op.conditionNotify:
        return locksets.publish(event.agent, object * channelKinds + lockChannel);
      case Op.await:
      case Op.conditionWait:
        return locksets.learn(event.agent, object * channelKinds + lockChannel);
      case Op.revive:
        return locksets.forget(object);
      default:
    }
  }

  private access(event: TraceEvent, agent: AgentState): void {
    const { object: word, line, place } = event;
    if (event.end === event.start) return;
    const writes = event.op === Op.write || event.op === Op.readModifyWrite;
    const atomic = event.marked || event.op === Op.waitOn || event.op === Op.readModifyWrite;
    const channel = word * channelKinds + wordChannel;
    if (atomic && event.op !== Op.write) this.locksets.learn(event.agent, channel);
    const locks: number[] = [];
    for (const { lock, mode } of agent.held) {
      if (!writes || mode === Mode.write) locks.push(lock);
    }
    if (atomic) locks.push(atomicity);
    const access = { agent: event.agent, writes, event: line, place, locks };
    const suspicion = this.locksets.access(word, access);
    if (atomic && writes) this.locksets.publish(event.agent, channel);
    if (suspicion !== undefined) this.report(word, suspicion.before, suspicion.now);
  }

  private report(word: number, before: GuardedAccess, now: GuardedAccess): void {
    const { names } = this.state;
    const name = names.wordNames[word]!;
    const common = [before, now].flatMap(({ locks }) => locks).filter((lock) => lock !== atomicity);
    const title = `suspicion: no lock keeps all accesses to ${name}`;
    this.findings.add(
      {
        kind: 'lockset-suspicion',
        level: 'possible',
        title,
        agents: [...new Set([before.agent, now.agent])],
        locks: [...new Set(common)],
        words: [word],
        lines: [before.event, now.event],
        text: [
          this.accessText(now, name),
          this.accessText(before, name),
          'nothing but locks orders these two, and no lock was held at every access since the word',
          'is shared. Only a suspicion: something else may keep them apart.',
        ],
      },
      [title],
    );
  }

  private accessText(access: GuardedAccess, word: string): string {
    const { names } = this.state;
    const { agent, writes, event, place, locks } = access;
    const held = locks.filter((lock) => lock !== atomicity).map((lock) => names.lockName(lock));
    const atomic = locks.includes(atomicity) ? ' atomically' : '';
    const keeps = held.length === 0 ? 'no lock' : held.join(' and ');
    return (
      `${names.agentName(agent)} ${writes ? 'writes' : 'reads'} ${word}${atomic}` +
      `${whereText(names, event, place)}, holding ${keeps}${writes ? ' for writing' : ''}`
    );
  }
}
