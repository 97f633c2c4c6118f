import { closeSync, openSync, writeSync } from 'node:fs';
import { UserError } from '../program/errors.ts';
import { headerLine, JsonlWriter } from '../trace/format/jsonl-writer.ts';
import { readTrace, type TraceFormat } from '../trace/format/read-trace.ts';
import { TraceNames } from '../trace/format/trace-names.ts';
import { Exit, type Io } from './io.ts';

export interface ConvertOptions {
  readonly format: TraceFormat | 'auto';
  readonly out?: string;
}

/**
 * `heddle convert`: a trace as heddle-trace. The file is read twice, since the header names all
 * locks and words.
 */
export function convertCommand(file: string, options: ConvertOptions, io: Io): number {
  const wanted = options.format === 'auto' ? undefined : options.format;
  const names = new TraceNames();
  const format = readTrace(file, wanted, names, { event: () => undefined });
  const handle = options.out === undefined ? undefined : opened(options.out);
  const write = (line: string): void => {
    if (handle === undefined) io.out(line);
    else writeSync(handle, `${line}\n`);
  };
  try {
    write(headerLine(names, file));
    readTrace(file, format, names, new JsonlWriter(names, write));
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
  return Exit.asExpected;
}

function opened(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`\`--out\`: ${path} cannot be written (${code ?? 'unknown'})`);
  }
}
