import type { CheckSet } from '../check/check-set.ts';
import type { Finding } from '../check/finding.ts';
import type { TraceScreen } from '../check/trace-screen.ts';
import { conclude, type Ending } from './conclude.ts';
import { checkInvariants } from './invariants.ts';
import type { Program } from './program.ts';
import { TraceMemory } from './trace-memory.ts';
import { TraceRecorder } from './trace-recorder.ts';

const nothing: readonly Finding[] = [];

/**
 * Checks of executions that were recorded: a trace that was met before shows what it showed then,
 * most new ones are looked through (`TraceScreen`), and the rest goes through all checkers.
 */
export class RecordedChecks {
  readonly recorder: TraceRecorder;
  readonly memory: TraceMemory = new TraceMemory();
  private readonly program: Program;
  private readonly checks: CheckSet;

  constructor(program: Program, checks: CheckSet) {
    const { agentCount, wordCount } = program.subject;
    this.program = program;
    this.checks = checks;
    this.recorder = new TraceRecorder(agentCount, wordCount);
  }

  /** What the execution that was recorded showed. */
  findings(end: Omit<Ending, 'sink'>): readonly Finding[] {
    const { memory, recorder } = this;
    const key = recorder.key();
    const known = memory.meet(key);
    if (known !== undefined) return known;
    const { screen } = this.checks;
    const asked = end.ending === 'completed' && end.failure === undefined ? screen : undefined;
    const findings = this.screened(asked) ?? this.checked(end, asked);
    memory.add(key, findings, recorder.seen);
    return findings;
  }

  private screened(screen: TraceScreen | undefined): readonly Finding[] | undefined {
    const { checks, recorder } = this;
    const shown = screen?.shown(recorder);
    if (shown === undefined) return undefined;
    checks.clear();
    checkInvariants(this.program, 'end', checks);
    // What is told of an invariant needs the events.
    return checks.findings.length === 0 ? shown : undefined;
  }

  /** @param screen - the one that was asked about this execution, if one was */
  private checked(end: Omit<Ending, 'sink'>, screen: TraceScreen | undefined): readonly Finding[] {
    const { checks, recorder } = this;
    checks.begin();
    recorder.feed(checks);
    conclude(this.program, checks, { ...end, sink: checks });
    screen?.learn();
    return checks.findings.length === 0 ? nothing : [...checks.findings];
  }
}
