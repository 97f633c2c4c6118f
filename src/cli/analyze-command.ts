import { readFileSync } from 'node:fs';
import { Analysis, type CheckName } from '../check/analysis/analysis.ts';
import { UserError } from '../program/errors.ts';
import { analysisJson } from '../report/analysis-json.ts';
import { analysisFindingText, analysisStatisticsText } from '../report/analysis-text.ts';
import { readTrace, type TraceFormat } from '../trace/format/read-trace.ts';
import { TraceNames } from '../trace/format/trace-names.ts';
import { Exit, plural, type Io } from './io.ts';

export interface AnalyzeOptions {
  readonly format: TraceFormat | 'auto';
  readonly checks: readonly CheckName[];
  readonly json?: boolean;
  readonly statistics?: boolean;
  readonly baseline?: string;
}

/**
 * `heddle analyze`: what is wrong in traces.
 *
 * @returns 0: nothing, or only what a common lock makes harmless or the baseline has; 1: findings;
 *   2: a file is no trace (the others are analysed all the same)
 */
export function analyzeCommand(files: readonly string[], options: AnalyzeOptions, io: Io): number {
  const baseline = options.baseline === undefined ? new Set<string>() : known(options.baseline);
  let status: number = Exit.asExpected;
  for (const file of files) {
    if (io.closed.aborted) break;
    status = Math.max(status, analyzeFile(file, options, baseline, io));
  }
  return status;
}

function analyzeFile(
  file: string,
  options: AnalyzeOptions,
  baseline: ReadonlySet<string>,
  io: Io,
): number {
  const names = new TraceNames();
  const { checks, statistics = false } = options;
  const analysis = new Analysis(file, names, { checks, statistics });
  let format: TraceFormat;
  try {
    const wanted = options.format === 'auto' ? undefined : options.format;
    format = readTrace(file, wanted, names, analysis);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (options.json === true) io.out(JSON.stringify({ file, error: error.message }));
    else io.err(`heddle: ${error.message}`);
    return Exit.badInput;
  }
  const findings = analysis.end();
  if (options.json === true) {
    io.out(JSON.stringify(analysisJson(file, format, analysis, findings, baseline)));
  } else {
    const { events, lost } = analysis;
    io.out(
      `${file}: ${plural(events, 'event')}, ${plural(names.agents.size, 'agent')}, ` +
        `${plural(names.locks.length, 'lock')}, ${plural(names.words.size, 'word')}; ` +
        plural(findings.length, 'finding'),
    );
    if (lost > 0) io.out(`  events were lost in ${plural(lost, 'place')}: locks unknown there`);
    const limits = analysis.predictor?.limitsText();
    if (limits !== undefined) io.out(`  ${limits}`);
    for (const one of findings) {
      io.out(analysisFindingText(one, baseline.has(one.fingerprint), io.style));
    }
    if (statistics) io.out(analysisStatisticsText(analysis).join('\n'));
  }
  const bad = findings.some(
    ({ finding, fingerprint }) => finding.level !== 'guarded' && !baseline.has(fingerprint),
  );
  return bad ? Exit.findings : Exit.asExpected;
}

/** The fingerprints of an earlier `heddle analyze --json`. */
function known(path: string): Set<string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UserError(`\`--baseline\`: ${path} cannot be read; expected what --json printed`);
  }
  const fingerprints = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const { findings = [] } = JSON.parse(line) as { findings?: { fingerprint: string }[] };
      for (const { fingerprint } of findings) fingerprints.add(fingerprint);
    } catch {
      throw new UserError(
        `${path}:${index + 1}: no object of \`heddle analyze --json\`; ` +
          'expected {"findings":[{"fingerprint":"..."}]}',
      );
    }
  }
  return fingerprints;
}
