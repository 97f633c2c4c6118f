import type { AnalysisFinding } from '../check/analysis/analysis-finding.ts';
import { AnalysisFindings } from '../check/analysis/analysis-finding.ts';
import { Predictor } from '../check/analysis/predict/predictor.ts';
import { TraceState } from '../check/analysis/trace-state.ts';
import type { CheckSet } from '../check/check-set.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import type { EventLog } from '../trace/event.ts';
import type { TraceEvent } from '../trace/format/trace-event.ts';
import { TraceNames } from '../trace/format/trace-names.ts';
import { LiveTrace } from '../trace/live-trace.ts';
import type { Subject } from '../trace/subject.ts';

/** One side of a prediction: an agent, and the event that it stands before. */
export interface PredictedSide {
  readonly agent: number;
  /** Its number in the execution's log. */
  readonly event: number;
}

/** What another order of an execution's events would show, and that order as a schedule. */
export interface Prediction {
  readonly kind: 'data-race' | 'deadlock';
  readonly sides: readonly PredictedSide[];
  /** The same in another execution: names, no events. */
  readonly fingerprint: string;
  readonly witness: RecordedSteps;
}

/** An execution as its predictions need it. */
export interface Execution {
  readonly subject: Subject;
  readonly log: EventLog;
  /** Numbers of steps at events. */
  readonly checks: CheckSet;
  readonly steps: RecordedSteps;
}

/**
 * Races and deadlocks of other orders of an execution's events (`check/analysis/predict/`), each
 * with the schedule that leads into it.
 */
export function predictionsOf(execution: Execution): Prediction[] {
  const { subject, log } = execution;
  const names = new TraceNames();
  const state = new TraceState('execution', names);
  const findings = new AnalysisFindings();
  const predictor = new Predictor(state, findings, { races: true, deadlocks: true });
  /** By line of the trace: the number of the event. */
  const eventOf: number[] = [];
  let event = 0;
  const live = new LiveTrace(subject, names, {
    event: (of: TraceEvent) => {
      eventOf[of.line] = event;
      const agent = state.agent(of.agent);
      predictor.before(of, agent);
      state.apply(of, agent);
    },
  });
  for (; event < log.length; event++) {
    const agent = log.agent(event);
    live.event(log.kind(event), agent, log.object(event), log.argument(event), log.result(event));
  }
  predictor.end();
  return findings.all().map(({ finding, fingerprint }) => ({
    kind: finding.kind === 'data-race' ? 'data-race' : 'deadlock',
    sides: sidesOf(finding, log, eventOf),
    fingerprint,
    witness: witnessOf(finding, execution, eventOf),
  }));
}

function sidesOf(
  finding: AnalysisFinding,
  log: EventLog,
  eventOf: readonly number[],
): PredictedSide[] {
  return finding.lines.map((line) => ({
    agent: log.agent(eventOf[line]!),
    event: eventOf[line]!,
  }));
}

/**
 * The steps of the reordering, in the order of the execution; then what each agent does between
 * them and the event that it stands before (steps that no trace has, such as a pause or taking a
 * place in a queue); then, of a race, the two accesses.
 */
function witnessOf(
  finding: AnalysisFinding,
  { subject, log, checks, steps }: Execution,
  eventOf: readonly number[],
): RecordedSteps {
  const limits = new Int32Array(subject.agentCount);
  for (const { agent, line } of finding.witness ?? []) {
    limits[agent] = checks.stepsAt(eventOf[line]!);
  }
  const chosen: number[] = [];
  const { agents } = steps;
  for (let step = 0; step < agents.length; step++) {
    if (step < limits[agents[step]!]!) chosen.push(step);
  }
  const last: number[] = [];
  for (const { agent, event } of sidesOf(finding, log, eventOf)) {
    const stand = checks.stepsAt(event) - 1;
    for (let step = limits[agent]!; step < stand; step++) {
      if (agents[step] === agent) chosen.push(step);
    }
    if (finding.kind === 'data-race') last.push(stand);
  }
  const order = Int32Array.from([...chosen, ...last]);
  return {
    agents: order.map((step) => agents[step]!),
    kinds: order.map((step) => steps.kinds[step]!),
    objects: order.map((step) => steps.objects[step]!),
  };
}
