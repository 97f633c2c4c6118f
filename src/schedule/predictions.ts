import type { Finding, Party } from '../check/finding.ts';
import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import type { Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { operationTable } from '../program/operation-table.ts';
import { EventLog } from '../trace/event.ts';
import type { FindingCollector } from './finding-collector.ts';
import { fingerprint, type Origin } from './finding-record.ts';
import { isShownBy } from './prediction-goal.ts';
import { preemptionsAt } from './strategies/loose-replay.ts';
import { DivergenceError, Replay } from './strategies/replay.ts';
import { predictionsOf, type PredictedSide, type Prediction } from './witness.ts';

/** How many predictions there were, and what became of them. @public */
export interface PredictionCounts {
  /** Executions whose other orders were looked at. */
  executions: number;
  /** Different predictions of them. */
  predicted: number;
  /** Of those, how many the program showed when it was led there. */
  happened: number;
}

/**
 * Predicts races and deadlocks from executions and carries each prediction's reordering out on the
 * program. If it shows what was predicted, that is a finding as any other, with a schedule of its
 * own; if the program does something else on the way, the finding stays `predicted` and says where.
 */
export class Predictions {
  readonly counts: PredictionCounts = { executions: 0, predicted: 0, happened: 0 };
  private readonly program: Program;
  private readonly collector: FindingCollector;
  private readonly known = new Set<string>();

  constructor(program: Program, collector: FindingCollector) {
    this.program = program;
    this.collector = collector;
  }

  /** Looks at one execution's other orders. */
  take(steps: RecordedSteps, origin: Origin): void {
    this.counts.executions++;
    const { program } = this;
    const log = new EventLog();
    const coroutines = new Coroutines(program, { observer: log });
    coroutines.runAll(new Replay(steps, program.subject), 0, () => true);
    const execution = {
      subject: program.subject,
      log,
      checks: coroutines.checks!,
      steps: coroutines.record.steps(),
    };
    for (const prediction of predictionsOf(execution)) {
      if (this.known.has(prediction.fingerprint)) continue;
      this.known.add(prediction.fingerprint);
      this.counts.predicted++;
      this.carryOut(prediction, execution.steps, log, origin);
    }
  }

  private carryOut(
    prediction: Prediction,
    steps: RecordedSteps,
    log: EventLog,
    origin: Origin,
  ): void {
    const { program, collector } = this;
    const coroutines = new Coroutines(program);
    const sides = prediction.sides.map(({ agent, event }) => ({
      agent,
      object: log.object(event),
    }));
    let why = 'it ended without that';
    try {
      coroutines.runAll(new Replay(prediction.witness, program.subject), 0, () => true);
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      why = error.message;
    }
    const shown = coroutines.findings.find((one) => isShownBy(prediction.kind, sides, one));
    if (shown !== undefined) {
      this.counts.happened++;
      collector.takeKey(shown.key, () => prediction.witness, { ...origin, predicted: true });
      return;
    }
    this.keep(prediction, steps, why, origin);
  }

  /** A finding that stays predicted, with the execution that it was predicted from. */
  private keep(
    { kind, sides }: Prediction,
    steps: RecordedSteps,
    why: string,
    origin: Origin,
  ): void {
    const { program } = this;
    const { subject } = program;
    const details = new Details();
    const replay = new Replay(steps, subject);
    const coroutines = new Coroutines(program);
    coroutines.runDetailed(replay, details);
    const event = Math.max(...sides.map((side) => side.event));
    const parties = sides.map((side) => partyOf(side, details));
    const names = [...new Set(parties.map(({ object }) => subject.name(object)))].sort();
    const what = kind === 'data-race' ? `data race on` : 'deadlock over';
    const title = `predicted ${what} ${names.join(', ')}`;
    const agents = sides.map(({ agent }) => subject.agentNames[agent]!).sort();
    const finding: Finding = {
      kind,
      level: 'predicted',
      title,
      key: `${title} ${agents.join(' ')}`,
      event,
      parties,
      hint:
        'Another order of these events leads there; carried out, the program did something else: ' +
        `${why}. \`--confirm\` searches for it.`,
    };
    const length = Math.max(1, coroutines.checks!.stepsAt(event));
    this.collector.keep({
      finding,
      fingerprint: fingerprint(finding, subject, details),
      steps: {
        agents: steps.agents.slice(0, length),
        kinds: steps.kinds.slice(0, length),
        objects: steps.objects.slice(0, length),
      },
      preemptions: preemptionsAt(replay.preemptions, length),
      details,
      subject,
      origin: { ...origin, predicted: true },
      occurrences: 1,
    });
  }
}

function partyOf({ agent, event }: PredictedSide, { log, held }: Details): Party {
  const { name } = operationTable[log.kind(event)]!;
  return { agent, event, action: name, object: log.object(event), mode: -1, held: held[event]! };
}
