import { fingerprintOf } from '../../trace/fingerprint.ts';
import type { Level } from '../finding.ts';

/** Kinds of findings in a trace: part of what `heddle analyze --json` prints. */
export type AnalysisKind =
  | 'recursive-locking'
  | 'lock-inversion'
  | 'irq-inversion'
  | 'inconsistent-lock-state'
  | 'invalid-wait-context'
  | 'bad-unlock'
  | 'held-lock-freed'
  | 'held-lock-reinitialised'
  | 'nest-lock-not-held'
  | 'lock-held-at-exit'
  | 'assertion-failed'
  | 'data-race'
  | 'exclusive-access-violated'
  | 'use-after-remove'
  | 'deadlock'
  | 'predicted-deadlock'
  | 'lock-misuse'
  | 'unguarded-access'
  | 'lock-rule-broken'
  | 'lockset-suspicion';

/** An agent's events up to and with a line. */
export interface WitnessPart {
  readonly agent: number;
  readonly line: number;
}

/** What is wrong in a trace. Numbers are those of the trace's names. */
export interface AnalysisFinding {
  readonly kind: AnalysisKind;
  level: Level;
  /** One line, without lines and times. */
  readonly title: string;
  readonly agents: readonly number[];
  readonly locks: readonly number[];
  readonly words: readonly number[];
  /** Lines of the trace that show it; the last one is where it became true. */
  readonly lines: readonly number[];
  /**
   * Of what is predicted: the reordering that reaches it. These events, in the order of the trace,
   * and no others; the agents of the finding then stand at its lines.
   */
  readonly witness?: readonly WitnessPart[];
  /** The report, line by line. */
  text: readonly string[];
}

/** A finding, how often it was met, and the digits that stand for it. */
export interface CountedFinding {
  finding: AnalysisFinding;
  readonly fingerprint: string;
  count: number;
}

/** How sure the levels are, for a finding that is met with two of them. */
const certainty: readonly Level[] = ['guarded', 'possible', 'predicted', 'happened'];

/** Collects the findings of one trace: each fingerprint once, with a count. */
export class AnalysisFindings {
  private readonly byFingerprint = new Map<string, CountedFinding>();

  /**
   * @param parts - what makes the finding the same in another trace: names, never lines. Without
   *   the level, which a further meeting may raise.
   */
  add(finding: AnalysisFinding, parts: readonly string[]): CountedFinding {
    const fingerprint = fingerprintOf([finding.kind, ...parts]);
    const known = this.byFingerprint.get(fingerprint);
    if (known === undefined) {
      const counted = { finding, fingerprint, count: 1 };
      this.byFingerprint.set(fingerprint, counted);
      return counted;
    }
    known.count++;
    if (certainty.indexOf(finding.level) > certainty.indexOf(known.finding.level)) {
      known.finding = finding;
    }
    return known;
  }

  has(kind: AnalysisKind, parts: readonly string[]): boolean {
    return this.byFingerprint.has(fingerprintOf([kind, ...parts]));
  }

  /** All findings, in the order of the lines at which they became true. */
  all(): CountedFinding[] {
    return [...this.byFingerprint.values()].sort(
      (one, other) => lastLine(one.finding) - lastLine(other.finding),
    );
  }
}

function lastLine(finding: AnalysisFinding): number {
  return finding.lines.at(-1) ?? 0;
}
