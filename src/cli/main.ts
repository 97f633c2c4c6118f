import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { UserError } from '../program/errors.ts';
import { nearest } from '../trace/nearest.ts';
import { exploreCommand } from './explore-command.ts';
import { Exit, processIo } from './io.ts';
import { listCommand } from './list-command.ts';
import { whole, withCommonOptions, withExploreOptions, seconds } from './options.ts';
import { replayCommand } from './replay-command.ts';
import { runCommand } from './run-command.ts';
import { tourCommand } from './tour-command.ts';

/** Where a replay can happen. */
const places = ['coroutines', 'threads'];

function place(text: string): string {
  if (places.includes(text)) return text;
  throw new InvalidArgumentError(`${nearest(text, places)}expected ${places.join(' or ')}.`);
}

function commandLine(finish: (status: number) => void): Command {
  const program = new Command('heddle')
    .description('Runs concurrent agents, decides who moves next, and says what is wrong.')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError();
  program
    .command('list')
    .description('the scenarios, their variants and forms')
    .option('--json', 'print one JSON object instead of text')
    .action(async (options: { json?: boolean }) =>
      finish(await listCommand(options, processIo(false))),
    );
  withExploreOptions(program.command('explore'))
    .description('explore schedules of a scenario and check each execution')
    .action(async (name: string, options) => {
      finish(
        await exploreCommand(
          name,
          options,
          processIo(options.quiet === true || options.json === true),
        ),
      );
    });
  withCommonOptions(program.command('run'))
    .description('run a scenario on free worker threads')
    .option('--seconds <s>', 'seconds for each variant and form (default: 5)', seconds)
    .action(async (name: string, options) => {
      finish(
        await runCommand(name, options, processIo(options.quiet === true || options.json === true)),
      );
    });
  program
    .command('replay')
    .description('carry a schedule out again')
    .argument('<file>', 'a schedule file')
    .option('--on <place>', 'coroutines or threads', place, 'coroutines')
    .option('--times <n>', 'how often', whole(1, 1_000_000), 1)
    .option('--scenario <file>', 'the scenario file, if it is not one of `heddle list`')
    .option('--json', 'print one JSON object instead of text')
    .option('--quiet', 'print the verdict only')
    .action(async (file: string, options) =>
      finish(await replayCommand(file, options, processIo(true))),
    );
  program
    .command('tour')
    .description("what `npm start` shows: the document's lock inversion from end to end")
    .option('--out <folder>', 'where findings are written', 'heddle-findings')
    .action(async (options) => finish(await tourCommand(options, processIo(false))));
  return program;
}

/** One clear line for what went wrong, and the exit status for it. */
function explain(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`heddle: ${text}\n`);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return Exit.asExpected;
    if (error.code === 'commander.help') {
      say('say what to do: list, explore, run, replay or tour (heddle --help tells more)');
      return Exit.badInput;
    }
    say(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
    return Exit.badInput;
  }
  if (error instanceof UserError) {
    say(error.message.replaceAll('\n', ' '));
    return Exit.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  say(
    `${message.startsWith('[internal]') ? '' : '[internal] '}${message} (HEDDLE_DEBUG=1 prints the stack)`,
  );
  if (process.env['HEDDLE_DEBUG'] !== undefined && error instanceof Error) say(error.stack ?? '');
  return Exit.internal;
}

/** Runs the command line; the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let status: number = Exit.asExpected;
  try {
    await commandLine((given) => {
      status = given;
    }).parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return explain(error);
  }
}

process.exitCode = await main(process.argv.slice(2));
