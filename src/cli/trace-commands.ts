import { InvalidArgumentError, type Command } from 'commander';
import { allCheckNames, checkNames, type CheckName } from '../check/analysis/analysis.ts';
import { nearest } from '../program/nearest.ts';
import { traceFormats } from '../trace/format/read-trace.ts';
import { analyzeCommand, type AnalyzeOptions } from './analyze-command.ts';
import { convertCommand, type ConvertOptions } from './convert-command.ts';
import type { Io } from './io.ts';

const formats = ['auto', ...traceFormats];

function format(text: string): string {
  if (formats.includes(text)) return text;
  throw new InvalidArgumentError(`${nearest(text, formats)}there are ${formats.join(', ')}.`);
}

function checks(text: string): CheckName[] {
  return text.split(',').map((name) => {
    const found = allCheckNames.find((known) => known === name.trim());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(
      `${nearest(name, allCheckNames)}there are ${allCheckNames.join(',')}.`,
    );
  });
}

/** Adds the commands that work on trace files. */
export function addTraceCommands(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('analyze')
    .description('check traces: lock order, races, deadlocks, rules, lifetimes')
    .argument('<file...>', 'traces: heddle-trace (JSON lines), STD or ftrace text')
    .option('--format <name>', formats.join(', '), format, 'auto')
    .option(
      '--checks <names>',
      'only these, with commas between; suspicions only if named',
      checks,
      [...checkNames],
    )
    .option('--json', 'print one JSON object a file instead of text')
    .option('--statistics', 'print the order graph, and counts and times of each lock class')
    .option('--baseline <file>', 'what --json printed before: findings in it are known')
    .action((files: string[], options: AnalyzeOptions) =>
      finish(analyzeCommand(files, options, io)),
    );
  program
    .command('convert')
    .description('write a trace as heddle-trace')
    .argument('<file>', 'a trace: heddle-trace, STD or ftrace text')
    .option('--format <name>', formats.join(', '), format, 'auto')
    .option('--out <file>', 'where it is written (default: standard output)')
    .action((file: string, options: ConvertOptions) => finish(convertCommand(file, options, io)));
}
