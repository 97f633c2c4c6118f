import type { Analysis } from '../check/analysis/analysis.ts';
import type { CountedFinding } from '../check/analysis/analysis-finding.ts';

/** A finding as `heddle analyze --json` prints it. */
export interface AnalysisFindingJson {
  readonly kind: string;
  readonly title: string;
  readonly level: string;
  readonly fingerprint: string;
  readonly count: number;
  /** Whether the baseline has it. */
  readonly known?: true;
  readonly agents: readonly string[];
  readonly locks: readonly string[];
  readonly words: readonly string[];
  /** Lines of the file. */
  readonly events: readonly number[];
  /**
   * Of what is predicted: run the events of these agents up to these lines, in the order of the
   * trace, and no others; then the agents of the finding stand at its events.
   */
  readonly witness?: readonly { readonly agent: string; readonly upTo: number }[];
  readonly text: string;
}

/** What `heddle analyze --json` prints of a file: one object, on one line. */
export interface AnalysisJson {
  readonly file: string;
  readonly format: string;
  readonly events: number;
  readonly agents: number;
  readonly locks: number;
  readonly words: number;
  readonly findings: readonly AnalysisFindingJson[];
  readonly statistics: Readonly<Record<string, unknown>>;
}

export function analysisJson(
  file: string,
  format: string,
  analysis: Analysis,
  findings: readonly CountedFinding[],
  baseline: ReadonlySet<string>,
): AnalysisJson {
  const { names } = analysis.state;
  return {
    file,
    format,
    events: analysis.events,
    agents: names.agents.size,
    locks: names.locks.length,
    words: names.words.size,
    findings: findings.map(({ finding, fingerprint, count }) => ({
      kind: finding.kind,
      title: finding.title,
      level: finding.level,
      fingerprint,
      count,
      ...(baseline.has(fingerprint) ? { known: true as const } : {}),
      agents: finding.agents.map((agent) => names.agentName(agent)),
      locks: finding.locks.map((lock) => names.locks[lock]!.id),
      words: finding.words.map((word) => names.words.texts[word]!),
      events: finding.lines,
      ...(finding.witness === undefined
        ? {}
        : {
            witness: finding.witness.map(({ agent, line }) => ({
              agent: names.agentName(agent),
              upTo: line,
            })),
          }),
      text: finding.text.join('\n'),
    })),
    statistics: statisticsJson(analysis),
  };
}

/** Counts of what was looked at, and with `--statistics` those of each class. */
export function statisticsJson(analysis: Analysis): Record<string, unknown> {
  const { order, races, predictor, statistics } = analysis;
  const lost = analysis.lost === 0 ? {} : { lostEvents: analysis.lost };
  const all = order?.graph;
  const direct = all?.after.flatMap((edges) => [...edges.values()].filter((edge) => edge.direct));
  return {
    ...lost,
    ...(order === undefined || all === undefined
      ? {}
      : {
          classes: analysis.state.classes.all.length,
          directEdges: direct!.length,
          edges: all.edgeCount,
          chains: order.chains.size,
          cycles: order.cycles.size,
        }),
    ...(races === undefined ? {} : { accesses: races.counts }),
    ...(predictor === undefined ? {} : predictor.statistics()),
    ...(statistics === undefined
      ? {}
      : { lockClasses: statistics.summary(), order: orderLines(analysis) }),
  };
}

/**
 * The order graph much as /proc/lockdep prints it: each class, and those taken directly under it
 * (`->`), or with locks got by a try or overtaking readers in between (`~>`).
 */
export function orderLines(analysis: Analysis): string[] {
  const { order, state } = analysis;
  if (order === undefined) return [];
  const reach = (backwards: boolean, number: number): number => {
    let classes = -1;
    const count = (): boolean => {
      classes++;
      return false;
    };
    order.graph.search(backwards, number, false, count);
    return classes;
  };
  return state.classes.all.flatMap(({ number, name, checked }) => {
    if (!checked) return [];
    const after = [...(order.graph.after[number]?.values() ?? [])];
    return [
      `${name} FD: ${reach(false, number)} BD: ${reach(true, number)} ` +
        order.irqs.usage.characters(number),
      ...after.map(({ to, direct }) => ` ${direct ? '->' : '~>'} ${state.classes.all[to]!.name}`),
    ];
  });
}
