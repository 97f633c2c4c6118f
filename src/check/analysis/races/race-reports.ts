import type { AnalysisFinding, AnalysisFindings, CountedFinding } from '../analysis-finding.ts';
import { modeText, whereText } from '../order/order-text.ts';
import type { TraceState } from '../trace-state.ts';
import type { ExclusiveAssertion } from './exclusive-assertions.ts';
import type { Access } from './last-accesses.ts';

/** One side of a race. */
export interface Side {
  readonly access: Access;
  /** What it did, as a verb. */
  readonly verb: string;
}

/** Words races as findings. Racing traces race often: what is known is only counted. */
export class RaceReports {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly known = new Map<string, CountedFinding>();

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  race(word: number, one: Side, other: Side): void {
    this.report(word, one, other, () => ({
      kind: 'data-race',
      level: 'happened',
      title: `data race on ${this.state.names.wordNames[word]!}: ${sorted(one.verb, other.verb)}`,
      text: this.text(word, one, other, [
        'Nothing orders the two: no lock that both hold, no marked access, fork, join or',
        'completion from the first to the second.',
      ]),
    }));
  }

  exclusive(word: number, one: Side, assertion: ExclusiveAssertion): void {
    const verb = assertion.againstReads
      ? 'asserts exclusive access to'
      : 'asserts to be the only writer of';
    const other = { access: assertion.access, verb };
    this.report(word, one, other, () => ({
      kind: 'exclusive-access-violated',
      level: 'happened',
      title: `exclusive access violated: ${this.state.names.wordNames[word]!}: ${one.verb}`,
      text: this.text(word, one, other, ['The first may come at any time meanwhile.']),
    }));
  }

  removal(word: number, one: Side, remover: Side): void {
    this.report(word, one, remover, () => ({
      kind: 'use-after-remove',
      level: 'predicted',
      title: `use after remove: ${this.state.names.wordNames[word]!}`,
      text: this.text(word, one, remover, ['Nothing orders the two: the second may come first.']),
    }));
  }

  private report(
    word: number,
    one: Side,
    other: Side,
    make: () => Pick<AnalysisFinding, 'kind' | 'level' | 'title' | 'text'>,
  ): void {
    const ids = [one, other].map(({ access, verb }) => `${verb} ${access.place} ${access.in}`);
    const key = `${word} ${sorted(ids[0]!, ids[1]!)}`;
    const known = this.known.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    const name = this.state.names.wordNames[word]!;
    const finding = {
      ...make(),
      agents: [one.access.agent, other.access.agent],
      locks: [],
      words: [word],
      lines: [one.access.line, other.access.line].sort((a, b) => a - b),
    };
    const sides = [one, other].map(({ access, verb }) => `${verb} ${this.spot(access)}`).sort();
    this.known.set(key, this.findings.add(finding, [name, ...sides]));
  }

  /** What stays the same when lines move: the function if it is known, else the place. */
  private spot({ in: inside, place }: Access): string {
    return inside === '' ? (this.state.names.placeName(place) ?? '') : inside;
  }

  private text(word: number, one: Side, other: Side, ending: readonly string[]): string[] {
    const { names } = this.state;
    const name = names.wordNames[word]!;
    const lines = [one, other].flatMap(({ access, verb }) => [
      `${names.agentName(access.agent)} ${verb} ${name}` +
        whereText(names, access.line, access.place, access.in),
      `  while holding ${
        access.held.length === 0
          ? 'no locks'
          : access.held
              .map((entry) => `${names.lockName(entry.lock)}${modeText(entry.mode)}`)
              .join(', ')
      }`,
    ]);
    return [...lines, ...ending];
  }
}

function sorted(one: string, other: string): string {
  return one < other ? `${one} / ${other}` : `${other} / ${one}`;
}
