import { UserError } from '../../program/errors.ts';
import { FtraceReader } from './ftrace-reader.ts';
import { JsonlReader } from './jsonl-reader.ts';
import { linesOf } from './line-source.ts';
import { StdReader } from './std-reader.ts';
import type { TraceSink } from './trace-event.ts';
import type { TraceNames } from './trace-names.ts';
import type { TraceReader } from './trace-reader.ts';

/** Formats of traces that are read. */
export const traceFormats = ['jsonl', 'std', 'ftrace'] as const;

export type TraceFormat = (typeof traceFormats)[number];

const readers: Readonly<
  Record<TraceFormat, new (file: string, names: TraceNames, sink: TraceSink) => TraceReader>
> = { jsonl: JsonlReader, std: StdReader, ftrace: FtraceReader };

/**
 * Reads a trace file line by line and hands its events on.
 *
 * @param format - undefined: told from the file's first lines
 * @returns the format
 * @throws UserError with file and line, if a line is no event
 */
export function readTrace(
  path: string,
  format: TraceFormat | undefined,
  names: TraceNames,
  sink: TraceSink,
): TraceFormat {
  return readLines(path, linesOf(path), format, names, sink);
}

/** The same for lines that do not come from a file; `path` is what messages call it. */
export function readLines(
  path: string,
  lines: Iterable<string>,
  format: TraceFormat | undefined,
  names: TraceNames,
  sink: TraceSink,
): TraceFormat {
  let reader: TraceReader | undefined;
  let known = format;
  let number = 0;
  for (const whole of lines) {
    number++;
    let line = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
    if (number === 1 && line.startsWith('\uFEFF')) line = line.slice(1);
    if (reader === undefined) {
      // Blank lines and comments tell nothing; no reader minds them.
      known ??= formatOf(line);
      if (known === undefined) continue;
      reader = new readers[known](path, names, sink);
    }
    reader.line(line, number);
  }
  if (reader === undefined || known === undefined) {
    throw new UserError(`${path}:${Math.max(1, number)}: the trace is empty; expected events`);
  }
  reader.end(number);
  return known;
}

/** The format of a line; undefined where it may be any. */
function formatOf(line: string): TraceFormat | undefined {
  const text = line.trim();
  if (text === '') return undefined;
  if (text.startsWith('#')) return /tracer:|entries-in-buffer/.test(text) ? 'ftrace' : undefined;
  if (text.startsWith('{')) return 'jsonl';
  if (/^(cpus|version)\s*=/.test(text) || /\[\d+\]/.test(text)) return 'ftrace';
  if (/LOST|EVENTS DROPPED|^CPU \d+ is empty/.test(text)) return 'ftrace';
  if (text.includes('|')) return 'std';
  return 'jsonl';
}
