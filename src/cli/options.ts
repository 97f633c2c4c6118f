import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDeath, type Death } from '../execute/deaths.ts';
import { instantiate, pick } from '../execute/program.ts';
import type { Form, Scenario } from '../program/scenario.ts';
import { confirmExecutionsDefault } from '../schedule/confirm.ts';
import {
  equivalences,
  strategies,
  strategyNamed,
  unbounded,
  type Equivalence,
  stateSwitches,
  type StateSwitches,
} from '../schedule/strategies/registry.ts';
import { UserError } from '../program/errors.ts';

/** Where findings are written if nothing says where. */
export const outFolderDefault = 'heddle-findings';

/** Options that `explore` and `run` share. */
export interface CommonOptions {
  readonly variant?: string[];
  readonly kill?: Death[];
  readonly form?: string[];
  readonly seconds?: number;
  readonly seed: number;
  readonly out: string;
  readonly trace?: string;
  readonly predict?: number | true;
  readonly suspicions?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface ExploreCommandOptions extends CommonOptions, StateSwitches {
  readonly strategy?: string;
  readonly executions?: number;
  readonly depth: number;
  readonly preemptions: number;
  readonly delays: number;
  readonly equivalence: Equivalence;
  readonly threads: number;
  readonly checkpoint?: string;
  readonly checkpointEvery: number;
  readonly resume?: string;
  readonly confirm?: boolean;
  readonly confirmGuarded?: boolean;
  readonly budget: number;
}

/** "random, pct, ... or dfs". */
const strategyNames = Object.keys(strategies)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');

/** A whole number within bounds. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A time in seconds, above 0 and up to a day. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 86_400)) {
    throw new InvalidArgumentError('expected a number of seconds, above 0 and up to 86400.');
  }
  return value;
}

/** The path of a file. */
export function path(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected the path of a file.');
  return text;
}

/** Of how many executions other orders are looked at; without a number: of a hundred. */
export function predicted(text: string): number {
  return whole(1, 1e9)(text);
}

/** The path of a folder. */
export function folder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected the path of a folder.');
  return text;
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...new Set([...(before ?? []), value])];
}

function death(text: string, before: Death[] | undefined): Death[] {
  return [...(before ?? []), parseDeath(text)];
}

/** The agents that die, for a program's choice. */
export function deathsOf({ kill }: Pick<CommonOptions, 'kill'>): { deaths?: readonly Death[] } {
  return kill === undefined ? {} : { deaths: kill };
}

/** Adds what `explore` and `run` share. */
export function withCommonOptions(command: Command, scenario = '<scenario>'): Command {
  return withOutputOptions(
    command
      .argument(scenario, 'a name from `heddle list`, or the path of a scenario file')
      .option('--variant <name>', 'only this variant; may be given again (default: all)', collect)
      .option(
        '--form <name>',
        'only this form; may be given again (default: see `heddle list`)',
        collect,
      )
      .option('--kill <agent@n>', 'it dies after n operations; may be given again', death),
  );
}

function withOutputOptions(command: Command): Command {
  return command
    .option('--seed <n>', 'seed of everything random, 0 to 4294967295', whole(0, 0xffffffff), 1)
    .option('--out <folder>', 'where findings are written', folder, outFolderDefault)
    .option('--trace <file>', 'write the first finding as a trace, for `heddle analyze`')
    .option(
      '--predict [n]',
      'look for races and deadlocks in other orders of the first n executions (default: 100)',
      predicted,
    )
    .option('--suspicions', 'also tell shared words that no lock keeps (possible, no proof)')
    .option('--json', 'print one JSON object instead of text')
    .option('--quiet', 'print no progress and no findings, only the verdicts');
}

export function withExploreOptions(command: Command): Command {
  return withStrategyOptions(withCommonOptions(command, '[scenario]'))
    .option('--confirm', 'search for what each possible inversion and each prediction warns of')
    .option('--confirm-guarded', 'the same, also for inversions that a guard makes harmless')
    .option(
      '--budget <n>',
      'executions that --confirm spends on one inversion at the most',
      whole(1, 1e9),
      confirmExecutionsDefault,
    )
    .option('--threads <n>', 'worker threads that share the executions', whole(1, 64), 1)
    .option(
      '--checkpoint <file>',
      'where a complete search is saved (default: with the findings)',
      path,
    )
    .option('--checkpoint-every <s>', 'seconds between two checkpoints', seconds, 60)
    .option('--resume <file>', 'go on with the search that was saved there', path);
}

/** What `heddle check` takes. */
export interface CheckCommandOptions extends ExploreCommandOptions {
  /** False with `--no-plain`. */
  readonly plain: boolean;
  readonly stepsMax?: number;
}

export function withCheckOptions(command: Command): Command {
  return withStrategyOptions(
    withOutputOptions(command.argument('<file>', 'a module that exports `threads`')),
  )
    .option('--no-plain', 'see `Atomics` only, not plain accesses to shared buffers')
    .option(
      '--steps-max <n>',
      'operations after which an execution is cut off (default: 10000)',
      whole(1, 1_000_000),
    );
}

/** What chooses schedules, and how many. */
function withStrategyOptions(command: Command): Command {
  return command
    .option('--strategy <name>', `${strategyNames} (default: what each form names)`)
    .option('--executions <n>', 'executions at the most, for each form', whole(1, 1e12))
    .option('--seconds <s>', 'seconds at the most, for each variant and form', seconds)
    .option(
      '--depth <n>',
      'depth of bug that pct, fair-pct and portfolio look for, 1 to 20',
      whole(1, 20),
      3,
    )
    .addOption(
      new Option('--preemptions <n>', 'preemptions that dfs, dpor and preemptions allow')
        .argParser(whole(0, 999))
        .default(unbounded, 'any'),
    )
    .addOption(
      new Option('--equivalence <name>', 'executions that dpor takes for the same')
        .choices(equivalences)
        .default('traces'),
    )
    .option('--check-forget', 'the strategy states checks `forget` and gains nothing by it')
    .option('--symmetry', 'to the strategy states agents of one function are the same')
    .option('--check-symmetry', 'the strategy states checks that they are, and merges nothing')
    .addOption(
      new Option('--delays <n>', 'delays that the strategy delays allows')
        .argParser(whole(0, 999))
        .default(unbounded, 'any'),
    );
}

/**
 * The variants and forms that the options name, all of them by default; each is laid out once, so
 * that a set-up that fails does so before anything runs.
 */
export function chosen(
  scenario: Scenario,
  options: CommonOptions,
  defaultForms: readonly string[],
): { variants: readonly string[]; forms: readonly string[] } {
  for (const name of options.variant ?? []) pick(scenario.variants, name, scenario.name, 'variant');
  for (const name of options.form ?? []) pick(scenario.forms, name, scenario.name, 'form');
  const variants = options.variant ?? Object.keys(scenario.variants);
  const forms = options.form ?? defaultForms;
  for (const variant of variants) {
    for (const form of forms) instantiate(scenario, { variant, form, ...deathsOf(options) });
  }
  return { variants, forms };
}

/** The strategy that a form is explored by: what the options name, or what it names itself. */
export function strategyOf(form: Form, options: ExploreCommandOptions): string {
  return options.strategy ?? form.strategy ?? 'random';
}

/** Checks the strategy's name, and those that the forms name, before anything runs. */
export function requireStrategies(options: ExploreCommandOptions, scenario: Scenario): void {
  if (options.strategy === 'replay') {
    throw new UserError(
      'a schedule is replayed with `heddle replay FILE`, not with --strategy replay',
    );
  }
  if (options.strategy !== undefined) strategyNamed(options.strategy, options);
  if (options.equivalence !== 'traces' && !byDpor(options, scenario)) {
    throw new UserError(
      `\`--equivalence ${options.equivalence}\` is for dpor: give \`--strategy dpor\` with it`,
    );
  }
  requireBounded(options, scenario);
  const of = stateSwitches.find((name) => options[name] === true);
  if (of !== undefined && !strategiesOf(options, scenario).includes('states')) {
    throw new UserError(`\`${flagOf(of)}\` is for states: give \`--strategy states\` with it`);
  }
  for (const [name, form] of Object.entries(scenario.forms)) {
    if (form.strategy === undefined) continue;
    try {
      strategyNamed(strategyOf(form, options), options);
    } catch (error) {
      const { message } = error as Error;
      throw new UserError(`scenario "${scenario.name}": \`forms.${name}.strategy\`: ${message}`);
    }
  }
}

/** An option's name on the command line. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Whether dpor explores any form that is to be explored. */
function byDpor(options: ExploreCommandOptions, scenario: Scenario): boolean {
  return strategiesOf(options, scenario).includes('dpor');
}

/** The strategies of the forms that are explored. */
function strategiesOf(options: ExploreCommandOptions, { forms }: Scenario): string[] {
  const names = options.form ?? Object.keys(forms);
  return names.flatMap((name) => {
    const form = forms[name];
    return form === undefined ? [] : [strategyOf(form, options)];
  });
}

/** @throws UserError if a bound is given, and no form is explored by a strategy that it bounds */
function requireBounded(options: ExploreCommandOptions, scenario: Scenario): void {
  const used = strategiesOf(options, scenario);
  const require = (option: 'preemptions' | 'delays', bounded: readonly string[]): void => {
    if ((options[option] ?? unbounded) >= unbounded || used.length === 0) return;
    if (used.some((name) => bounded.includes(name))) return;
    throw new UserError(
      `\`--${option}\` bounds ${bounded.join(', ')}, not ${[...new Set(used)].join(' or ')}: ` +
        'name one of them with `--strategy`',
    );
  };
  require('preemptions', ['dfs', 'dpor', 'preemptions']);
  require('delays', ['delays']);
}

/** The options that the command line gives, of those that have a default. */
export function givenBy(command: Command): ReadonlySet<string> {
  const names = Object.keys(command.opts());
  return new Set(names.filter((name) => command.getOptionValueSource(name) === 'cli'));
}

/** @throws UserError if an option is given that nothing would look at */
export function requireUsed(
  given: ReadonlySet<string>,
  options: ExploreCommandOptions,
  scenario: Scenario,
): void {
  const confirms = options.confirm === true || options.confirmGuarded === true;
  if (given.has('budget') && !confirms) {
    throw new UserError('`--budget` is what `--confirm` may spend: give `--confirm`, too');
  }
  const used = strategiesOf(options, scenario);
  const deep = ['pct', 'fair-pct', 'portfolio'];
  if (given.has('depth') && used.length > 0 && !used.some((name) => deep.includes(name))) {
    throw new UserError(
      `\`--depth\` is of ${deep.join(', ')}, not ${[...new Set(used)].join(' or ')}: ` +
        'name one of them with `--strategy`',
    );
  }
}
