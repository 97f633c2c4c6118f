import type { Analysis } from '../check/analysis/analysis.ts';
import type { CountedFinding } from '../check/analysis/analysis-finding.ts';
import type { ClassStatistics } from '../check/analysis/statistics.ts';
import type { TimesSummary } from '../check/analysis/times.ts';
import { orderLines, statisticsJson } from './analysis-json.ts';
import type { Style } from './style.ts';

/** A finding for a reader: what is wrong, how sure, then the report. */
export function analysisFindingText(
  { finding, fingerprint, count }: CountedFinding,
  known: boolean,
  style: Style,
): string {
  const times = count === 1 ? '' : `, ${count} times`;
  const old = known ? ', in the baseline' : '';
  const title = `${finding.kind} (${finding.level}): ${finding.title}`;
  const harmless = finding.level === 'guarded' || known;
  return [
    harmless ? style.yellow(title) : style.red(title),
    `  ${fingerprint}${times}${old}`,
    ...finding.text.map((line) => (line === '' ? '' : `  ${line}`)),
    '',
  ].join('\n');
}

/** The order graph and a line a lock class, most contended first. */
export function analysisStatisticsText(analysis: Analysis): string[] {
  const classes = analysis.statistics?.summary() ?? [];
  const counts = statisticsJson(analysis);
  const count = (name: string): string => String(counts[name]);
  const counted =
    analysis.order === undefined
      ? []
      : [
          `lock classes ${count('classes')}, dependencies ${count('edges')} ` +
            `(${count('directEdges')} direct), chains ${count('chains')}, ` +
            `cycles ${count('cycles')}`,
        ];
  return [
    ...counted,
    'lock order (FD, BD: classes reachable forwards, backwards; usage as in lockdep):',
    ...orderLines(analysis).map((line) => `  ${line}`),
    'locks (times in nanoseconds: min/mean/max p50/p90/p99):',
    ...classes.flatMap(classLines),
  ];
}

function classLines(one: ClassStatistics): string[] {
  const { acquisitions, reads, tries, failedTries, contentions } = one;
  const spots = (title: string, list: readonly (readonly [string, number])[]): string[] =>
    list.map(([spot, times]) => `    ${title} ${spot}: ${times}`);
  return [
    `  ${one.class}: ${acquisitions} acquisitions (${reads} shared, ${tries} by try, ` +
      `${failedTries} tries failed), ${contentions} contentions`,
    `    wait ${timesText(one.wait)}; hold ${timesText(one.hold)}`,
    ...spots('waited:', one.waitedAt),
    ...spots('in the way:', one.inTheWay),
  ];
}

function timesText(times: TimesSummary | undefined): string {
  if (times === undefined) return 'unknown';
  const { min, mean, max, p50, p90, p99 } = times;
  return `${min}/${mean}/${max} ${p50}/${p90}/${p99}`;
}
