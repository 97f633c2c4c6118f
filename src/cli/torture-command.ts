import { InvalidArgumentError, type Command } from 'commander';
import {
  nestedMax,
  tortureDefaults,
  type TortureParameters,
} from '../execute/torture/parameters.ts';
import { torture } from '../execute/torture/torture.ts';
import { tortureTypes } from '../execute/torture/types.ts';
import { endLines, parametersText, statisticsLines } from '../report/torture-text.ts';
import { Interrupt } from './interrupt.ts';
import { Exit, type Io } from './io.ts';
import { seconds, whole } from './options.ts';

export interface TortureCommandOptions {
  readonly nwritersStress: number;
  readonly nreadersStress: number;
  readonly nestedLocks: number;
  readonly longHold: number;
  readonly stutter: number;
  readonly acqWriterLim: number;
  readonly lockFor: number;
  readonly statInterval: number;
  readonly seconds: number;
  readonly onoffInterval: number;
  readonly onoffHoldoff: number;
  readonly onoffKill?: boolean;
  readonly perturb: number;
  readonly verbose: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Milliseconds in a day: more of anything is a mistake. */
const msMax = 86_400_000;

/** A time in seconds that may be 0. */
function secondsOrNone(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 86_400)) {
    throw new InvalidArgumentError('expected a number of seconds, 0 to 86400.');
  }
  return value;
}

export function addTorture(program: Command, io: Io, finish: (status: number) => void): void {
  const defaults = tortureDefaults;
  const names = tortureTypes.map(({ name }) => name).join(', ');
  program
    .command('torture')
    .description('torture a lock of heddle/locks, as locktorture does')
    .argument('<lock>', names)
    .option('--nwriters-stress <n>', 'writers; -1: by the processors', whole(-1, 999), -1)
    .option('--nreaders-stress <n>', 'readers; -1: as many as writers', whole(-1, 999), -1)
    .option('--nested-locks <n>', 'further locks that writers take', whole(0, nestedMax), 0)
    .option('--long-hold <ms>', 'a long hold; 0: none', whole(0, 10_000), defaults.long_hold)
    .option(
      '--stutter <s>',
      'all run and rest so long; 0: no rest',
      secondsOrNone,
      defaults.stutter,
    )
    .option('--acq-writer-lim <ms>', 'count longer waits of writers; 0: no', whole(0, msMax), 0)
    .option('--lock-for <ms>', 'half of the waits have this limit; 0: none', whole(0, msMax), 0)
    .option('--stat-interval <s>', 'between statistics', seconds, defaults.stat_interval)
    .option('--seconds <s>', 'until the end (shutdown_secs)', seconds, defaults.shutdown_secs)
    .option('--onoff-interval <ms>', 'an agent goes and comes; 0: none', whole(0, msMax), 0)
    .option('--onoff-holdoff <s>', 'before the first one goes', secondsOrNone, 0)
    .option('--onoff-kill', 'those that go are killed wherever they are')
    .option(
      '--verbose <n>',
      '0: only the end, 1: statistics, 2: who comes and goes',
      whole(0, 2),
      1,
    )
    .option('--perturb <n>', 'naps before one in n atomic operations', whole(-1, 1e9), -1)
    .option('--seed <n>', 'seed of holds and sets of locks', whole(0, 0xffffffff), 1)
    .option('--json', 'print one JSON object instead of text')
    .action(async (lock: string, options: TortureCommandOptions) =>
      finish(await tortureCommand(lock, options, io)),
    );
}

function parametersOf(lock: string, options: TortureCommandOptions): TortureParameters {
  return {
    torture_type: lock,
    nwriters_stress: options.nwritersStress,
    nreaders_stress: options.nreadersStress,
    nested_locks: options.nestedLocks,
    long_hold: options.longHold,
    stutter: options.stutter,
    acq_writer_lim: options.acqWriterLim,
    lock_for: options.lockFor,
    stat_interval: options.statInterval,
    shutdown_secs: options.seconds,
    onoff_interval: options.onoffInterval,
    onoff_holdoff: options.onoffHoldoff,
    onoff_kill: options.onoffKill === true ? 1 : 0,
    perturb: options.perturb,
    verbose: options.verbose,
    seed: options.seed,
  };
}

/** `heddle torture LOCK`: exit status 0 for SUCCESS, 1 for FAILURE, 130 if interrupted. */
export async function tortureCommand(
  lock: string,
  options: TortureCommandOptions,
  io: Io,
): Promise<number> {
  const parameters = parametersOf(lock, options);
  const text = options.json !== true;
  const verbose = text ? options.verbose : 0;
  const comeAndGo = options.onoffInterval > 0;
  const interrupt = new Interrupt(io);
  try {
    const result = await torture(parameters, {
      signal: interrupt.signal,
      onBegin: (all) => {
        if (verbose > 0) io.out(`${lock}-torture: Start of test: ${parametersText(all)}`);
      },
      onStatistics: (roles, failed) => {
        if (verbose === 0) return;
        for (const role of roles) io.out(statisticsLines(role, comeAndGo, failed).join('\n'));
      },
      onEvent: (event) => {
        if (verbose > 1) io.out(`${lock}-torture: ${event}`);
      },
    });
    const status = result.interrupted
      ? Exit.interrupted
      : result.success
        ? Exit.asExpected
        : Exit.findings;
    if (text) {
      for (const role of result.statistics) {
        io.out(statisticsLines(role, comeAndGo, !result.success).join('\n'));
      }
      io.out(endLines(result).join('\n'));
    } else io.out(JSON.stringify({ command: 'torture', status, ...result }, undefined, 2));
    return status;
  } finally {
    interrupt.dispose();
  }
}
