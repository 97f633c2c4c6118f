import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { releaseNames } from '../kernel/release.ts';
import { UserError } from '../program/errors.ts';
import { nearest } from '../program/nearest.ts';
import { checkCommand } from './check-command.ts';
import { exploreCommand } from './explore-command.ts';
import { Exit, processIo, withoutProgress, type Io } from './io.ts';
import { listCommand } from './list-command.ts';
import { lockOrderCommand } from './lock-order-command.ts';
import {
  folder,
  givenBy,
  outFolderDefault,
  seconds,
  whole,
  withCheckOptions,
  withCommonOptions,
  withExploreOptions,
  type CheckCommandOptions,
  type CommonOptions,
  type ExploreCommandOptions,
} from './options.ts';
import { regressCommand, type RegressOptions } from './regress-command.ts';
import { replayCommand, type ReplayOptions } from './replay-command.ts';
import { runCommand } from './run-command.ts';
import { sysfsExportCommand, type SysfsExportOptions } from './sysfs-export-command.ts';
import { tourCommand } from './tour-command.ts';
import { addTorture } from './torture-command.ts';
import { addTraceCommands } from './trace-commands.ts';

/** Where a replay can happen. */
const places = ['coroutines', 'threads'];

function place(text: string): string {
  if (places.includes(text)) return text;
  throw new InvalidArgumentError(`${nearest(text, places)}expected ${places.join(' or ')}.`);
}

function releaseName(text: string): string {
  const known: readonly string[] = releaseNames;
  if (known.includes(text)) return text;
  throw new InvalidArgumentError(`${nearest(text, known)}there are ${known.join(', ')}.`);
}

/** @param finish - takes the exit status of the command that ran */
function commandLine(io: Io, finish: (status: number) => void): Command {
  const program = new Command('heddle')
    .description('Runs concurrent agents, decides who moves next, and says what is wrong.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: () => undefined })
    .showSuggestionAfterError();
  program
    .command('list')
    .description('the scenarios, their variants and forms')
    .option('--json', 'print one JSON object instead of text')
    .action(async (options: { json?: boolean }) => finish(await listCommand(options, io)));
  withExploreOptions(program.command('explore'))
    .description('explore schedules of a scenario and check each execution')
    .action(async (name: string | undefined, options: ExploreCommandOptions, by: Command) =>
      finish(await exploreCommand(name, options, withoutProgress(io, options), givenBy(by))),
    );
  withCheckOptions(program.command('check'))
    .description('explore code that uses SharedArrayBuffer and Atomics, on worker threads')
    .action(async (file: string, options: CheckCommandOptions, by: Command) =>
      finish(await checkCommand(file, options, withoutProgress(io, options), givenBy(by))),
    );
  withCommonOptions(program.command('run'))
    .description('run a scenario on free worker threads')
    .option('--seconds <s>', 'seconds for each variant and form (default: 5)', seconds)
    .action(async (name: string, options: CommonOptions) =>
      finish(await runCommand(name, options, withoutProgress(io, options))),
    );
  program
    .command('regress')
    .description('explore every variant of every scenario and compare with what it must show')
    .argument('[pattern]', 'part of SCENARIO/VARIANT')
    .option('--seed <n>', 'seed of everything random, 0 to 4294967295', whole(0, 0xffffffff), 1)
    .option('--seconds <s>', 'seconds for each form at the most', seconds, 60)
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--json', 'print one JSON object instead of text')
    .option('--quiet', 'print only what is not as expected')
    .action(async (pattern: string | undefined, options: RegressOptions) =>
      finish(await regressCommand(pattern, options, withoutProgress(io, options))),
    );
  program
    .command('replay')
    .description('carry a schedule out again')
    .argument('<file>', 'a schedule file')
    .option('--on <place>', 'coroutines or threads', place, 'coroutines')
    .option('--times <n>', 'how often', whole(1, 1_000_000), 1)
    .option('--scenario <file>', 'the scenario, if the schedule file does not say where it is')
    .option('--trace <file>', 'write it as a trace, for `heddle analyze`')
    .option('--predict', 'look for races and deadlocks in other orders of its events')
    .option('--json', 'print one JSON object instead of text')
    .option('--quiet', 'print the verdict only')
    .action(async (file: string, options: ReplayOptions) =>
      finish(await replayCommand(file, options, withoutProgress(io, options))),
    );
  program
    .command('tour')
    .description("what `npm start` shows: the document's lock inversion from end to end")
    .option('--out <folder>', 'where findings are written', folder, outFolderDefault)
    .action(async (options: { out: string }) => finish(await tourCommand(options, io)));
  addLockOrder(program, io, finish);
  addTorture(program, io, finish);
  addSysfsExport(program, io, finish);
  addTraceCommands(program, io, finish);
  return program;
}

function addLockOrder(program: Command, io: Io, finish: (status: number) => void): void {
  program
    .command('lock-order')
    .description('the locks that each operation of the memory hotplug model takes, as a tree')
    .option('--release <name>', 'the release of the kernel', releaseName, 'v6.1')
    .option('--json', 'print one JSON object instead of text')
    .action((options: { release: string; json?: boolean }) =>
      finish(lockOrderCommand(options, io)),
    );
}

function addSysfsExport(program: Command, io: Io, finish: (status: number) => void): void {
  const several = (text: string, before: readonly string[]): string[] => [...before, text];
  program
    .command('sysfs-export')
    .description("write a kernel's memory tree to a folder, for `lsmem --sysroot <folder>`")
    .argument('<folder>', 'gets sys/devices/system, which must not be there yet')
    .option('--release <name>', 'a release of the model', 'v6.1')
    .option('--write <path=text>', 'written before, may be given again', several, [])
    .action((folder: string, options: SysfsExportOptions) =>
      finish(sysfsExportCommand(folder, options, io)),
    );
}

/** Prints one clear line for what went wrong; the exit status for it. */
function explain(error: unknown, io: Io): number {
  const say = (text: string): void => io.err(`heddle: ${text}`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return Exit.asExpected;
    if (error.code === 'commander.help') {
      const commands =
        'list, explore, check, run, torture, regress, replay, lock-order, analyze, convert, ' +
        'sysfs-export or tour';
      say(`say what to do: ${commands} (heddle --help tells more)`);
      return Exit.badInput;
    }
    say(oneLine(error.message.replace(/^error: /, '')));
    return Exit.badInput;
  }
  if (error instanceof UserError) {
    say(oneLine(error.message));
    return Exit.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  const marked = message.startsWith('[internal]') ? message : `[internal] ${message}`;
  say(`${oneLine(marked)} (a fault of Heddle's; HEDDLE_DEBUG=1 prints the stack)`);
  if (process.env['HEDDLE_DEBUG'] !== undefined && error instanceof Error) say(error.stack ?? '');
  return Exit.internal;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** Runs the command line; the exit status. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  let status: number = Exit.asExpected;
  try {
    const finish = (given: number): void => void (status = given);
    await commandLine(io, finish).parseAsync([...args], { from: 'user' });
  } catch (error) {
    status = explain(error, io);
  }
  return io.closed.aborted ? Exit.outputClosed : status;
}
