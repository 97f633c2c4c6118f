import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import { WaitLevel, type LockClass } from '../lock-classes.ts';
import type { AgentState } from '../trace-state.ts';
import { heldLines, whereText } from './order-text.ts';

/**
 * What is taken must not need more than the least of its surroundings allows: the interrupt context
 * and every lock held in it (check_wait_context). A lock without a level takes no part.
 */
export function checkWaitContext(
  names: TraceNames,
  findings: AnalysisFindings,
  agent: AgentState,
  wanted: LockClass,
  event: TraceEvent,
): void {
  if (wanted.inner === WaitLevel.none || wanted.overrides) return;
  const context = contextLevel(agent);
  const allowed = allowedBy(agent, context);
  if (wanted.outer <= allowed) return;
  findings.add(
    {
      kind: 'invalid-wait-context',
      level: 'happened',
      title: `invalid wait context: ${wanted.name} {${wanted.outer}:${wanted.inner}}`,
      agents: [agent.agent],
      locks: [event.object],
      words: [],
      lines: [event.line],
      text: [
        `${names.agentName(agent.agent)} is trying to lock ${names.lockName(event.object)} ` +
          `{${wanted.outer}:${wanted.inner}}${whereText(names, event.line, event.place)}, ` +
          `which ${levelTexts[wanted.outer]!}`,
        `but ${strictest(names, agent, allowed)} allows no more than level ${allowed}, ` +
          `where nothing is done that ${levelTexts[allowed + 1]!}`,
        `context {${context}:${context}}`,
        ...heldLines(names, agent, ({ class: { outer, inner } }) => ` {${outer}:${inner}}`),
      ],
    },
    [wanted.name, String(allowed)],
  );
}

/** What a lock of each level does. */
const levelTexts: Readonly<Record<number, string>> = {
  [WaitLevel.free]: 'never waits',
  [WaitLevel.spin]: 'spins with preemption off',
  [WaitLevel.config]: 'may sleep on PREEMPT_RT',
  [WaitLevel.sleep]: 'may sleep',
  [WaitLevel.max]: 'may sleep',
};

/** The lock, or the context, that allows the least. */
function strictest(names: TraceNames, agent: AgentState, allowed: number): string {
  const entry = agent.held.findLast(
    ({ class: { inner }, context }) => inner === allowed && context === agent.context,
  );
  if (entry !== undefined) return `${names.lockName(entry.lock)}, which is held,`;
  return (agent.context & 2) !== 0 ? 'a hardirq handler' : 'a softirq handler';
}

/** The least of what the context allows and what the locks held in it do. */
function allowedBy(agent: AgentState, context: number): number {
  const { held } = agent;
  let first = held.length;
  while (first > 0 && held[first - 1]!.context === agent.context) first--;
  let allowed = context;
  for (let index = first; index < held.length; index++) {
    const { inner, overrides } = held[index]!.class;
    if (overrides) allowed = inner;
    else if (inner !== WaitLevel.none) allowed = Math.min(allowed, inner);
  }
  return allowed;
}

/** The level of the context itself (task_wait_context). */
function contextLevel(agent: AgentState): number {
  if ((agent.context & 2) !== 0) return agent.threaded ? WaitLevel.config : WaitLevel.spin;
  return (agent.context & 1) !== 0 ? WaitLevel.config : WaitLevel.max;
}
