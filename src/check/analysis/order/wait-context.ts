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
  if (wanted.inner === WaitLevel.none) return;
  const context = contextLevel(agent);
  let allowed = context;
  for (let index = agent.held.length - 1; index >= 0; index--) {
    const entry = agent.held[index]!;
    if (entry.context !== agent.context) break;
    const { inner } = entry.class;
    if (inner !== WaitLevel.none) allowed = Math.min(allowed, inner);
  }
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
          `{${wanted.outer}:${wanted.inner}}${whereText(names, event.line, event.place)}`,
        `but what surrounds it allows no more than ${allowed}`,
        `context {${context}:${context}}`,
        ...heldLines(names, agent),
        ...agent.held.map(
          ({ class: { name, outer, inner } }) => `   ${name} has {${outer}:${inner}}`,
        ),
      ],
    },
    [wanted.name, String(allowed)],
  );
}

/** The level of the context itself (task_wait_context). */
function contextLevel(agent: AgentState): number {
  if ((agent.context & 2) !== 0) return agent.threaded ? WaitLevel.config : WaitLevel.spin;
  return (agent.context & 1) !== 0 ? WaitLevel.config : WaitLevel.max;
}
