import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, TraceState } from '../trace-state.ts';

export class Predictor implements TraceChecker {
  constructor(
    state: TraceState,
    findings: AnalysisFindings,
    predicts: { readonly races: boolean; readonly deadlocks: boolean },
  ) {
    void [state, findings, predicts];
  }

  before(_event: TraceEvent, _agent: AgentState): void {}

  end(): void {}

  statistics(): Record<string, unknown> {
    return {};
  }
}
