import type { Percentiles } from '../execute/torture/histogram.ts';
import type { TortureParameters } from '../execute/torture/parameters.ts';
import type { RoleStatistics } from '../execute/torture/statistics.ts';
import type { TortureResult } from '../execute/torture/torture.ts';

/** All parameters, as a line that says how to run it again. */
export function parametersText(parameters: TortureParameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/**
 * The lines of one role, with the kernel's fields: acquisitions in all, those of the agents with
 * most and fewest, `???` if these differ by more than a factor of two though nobody comes and goes,
 * whether anything has failed, and `!!!` if so.
 */
export function statisticsLines(
  { role, total, max, min, fairness, ...more }: RoleStatistics,
  comeAndGo: boolean,
  failed: boolean,
): string[] {
  const unfair = !comeAndGo && max / 2 > min ? ' ???' : '';
  const name = role === 'writers' ? 'Writes:' : 'Reads :';
  const counts = `Total: ${total}  Max/Min: ${max}/${min}${unfair}`;
  const lines = [`${name}  ${counts}  Fail: ${failed ? '1 !!!' : '0'}`];
  if (more.waits !== undefined && more.holds !== undefined) {
    lines.push(`         waits ${percentilesText(more.waits)}`);
    lines.push(`         holds ${percentilesText(more.holds)}`);
  }
  const notes = [`fairness ${fairness.toFixed(3)}`];
  if (more.timedOut > 0) notes.push(`${more.timedOut} attempts without the lock`);
  if (more.overLimit > 0) notes.push(`${more.overLimit} waits over acq_writer_lim`);
  if (more.ownerDied > 0) notes.push(`${more.ownerDied} times from one who died`);
  lines.push(`         ${notes.join('; ')}`);
  return lines;
}

/** The last lines of a run. */
export function endLines(result: TortureResult): string[] {
  const { parameters, success, failures, gone, interrupted } = result;
  const notes = [
    ...failures,
    ...(gone > 0 ? [`${gone} agents ${parameters.onoff_kill === 1 ? 'were killed' : 'went'}`] : []),
    ...(interrupted ? [`interrupted after ${(result.elapsedMs / 1000).toFixed(1)} s`] : []),
  ];
  const verdict = success ? 'SUCCESS' : 'FAILURE';
  return [
    ...notes.map((note) => `${parameters.torture_type}-torture: ${note}`),
    `${parameters.torture_type}-torture: End of test: ${verdict}: ${parametersText(parameters)}`,
  ];
}

function percentilesText({ p50, p99, p999, max }: Percentiles): string {
  const named = { p50, p99, 'p99.9': p999, max };
  return Object.entries(named)
    .map(([name, ms]) => `${name} ${timeText(ms)}`)
    .join(', ');
}

/** Three digits, and the unit that fits. */
function timeText(ms: number): string {
  if (ms < 1e-3) return `${(ms * 1e6).toPrecision(3)} ns`;
  if (ms < 1) return `${(ms * 1e3).toPrecision(3)} us`;
  return ms < 1000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1000).toPrecision(3)} s`;
}
