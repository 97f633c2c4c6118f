import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { command, launch, put, scratchFolder, type Outcome } from './command.ts';

const folder = scratchFolder();
const outFolder = join(folder, 'findings');

/** One line on stderr that says what is wrong and nothing else, status 2, nothing written. */
function assertRefused({ status, out, err }: Outcome, said: RegExp): void {
  assert.match(err, said);
  assert.equal(status, 2, err);
  assert.match(err, /^heddle: [^\n]+\n$/, 'one line');
  assert.equal(out, '', 'and no head before it');
  assert.doesNotMatch(err, /\[internal\]|^\s+at /m);
  assert.ok(!existsSync(outFolder), 'nothing is written');
}

/** The command line is refused, with these words. */
function refuses(what: string, said: RegExp, ...args: string[]): void {
  test(`refuses ${what}`, async () => assertRefused(await command(...args), said));
}

const explore = ['explore', 'add-vs-online', '--out', outFolder];
const run = ['run', 'add-vs-online', '--out', outFolder];

describe('the command line', () => {
  refuses(
    'no command',
    /say what to do: list, explore, check, run, .*, analyze, convert, sysfs-export or tour/,
  );
  refuses('an unknown command', /unknown command 'explor' \(Did you mean explore\?\)/, 'explor');
  refuses('an unknown option', /'--sed' \(Did you mean --seed\?\)/, ...explore, '--sed', '1');
  refuses('a command without its argument', /missing required argument 'scenario'/, 'run');
  refuses('explore without a scenario', /name a scenario .* `--resume FILE`/, 'explore');
  refuses('one argument too many', /too many arguments/, ...explore, 'another');

  const budget = /`--budget` is what `--confirm` may spend: give `--confirm`, too/;
  refuses('a budget of nothing', budget, ...explore, '--budget', '5');
  const depth = /`--depth` is of pct, fair-pct, portfolio, not random: name one of them with/;
  refuses('a depth of nothing', depth, ...explore, '--strategy', 'random', '--depth', '4');
  const one = ['--variant', 'v4.20', '--form', 'small', '--strategy', 'dpor', '--checkpoint'];
  const nowhere = join(folder, 'nowhere', 'search.json');
  const missing = /`--checkpoint .*search\.json`: there is no folder .*nowhere$/m;
  refuses('a checkpoint in a folder that is not there', missing, ...explore, ...one, nowhere);

  const unknown = /no scenario is named "add-vs-onlin": did you mean "add-vs-online"\?/;
  refuses('an unknown scenario', unknown, 'explore', 'add-vs-onlin', '--out', outFolder);
  const variant = /has no variant "v4\.2": did you mean "v4\.20"/;
  refuses('an unknown variant', variant, ...explore, '--variant', 'v4.2');
  const form = /has no form "smal": did you mean "small"\? it has full, small/;
  refuses('an unknown form', form, ...run, '--form', 'smal');
  const strategy = /no strategy is named "pctt": did you mean "pct"\? there are random, pct,/;
  refuses('an unknown strategy', strategy, ...explore, '--strategy', 'pctt');
  refuses('replay as a strategy', /`heddle replay FILE`/, ...explore, '--strategy', 'replay');

  const seconds = /'--seconds <s>' argument '.*' is invalid. expected a number of seconds, above 0/;
  for (const value of ['-1', '0', 'abc', '', 'Infinity']) {
    refuses(`--seconds "${value}"`, seconds, ...explore, '--seconds', value);
    refuses(`--seconds "${value}" of run`, seconds, ...run, '--seconds', value);
  }
  const whole = /is invalid. expected a whole number from \d+ to \d+/;
  refuses('--executions 0', whole, ...explore, '--executions', '0');
  refuses('--executions 1.5', whole, ...explore, '--executions', '1.5');
  refuses('--seed x', whole, ...explore, '--seed', 'x');
  refuses('--seed 4294967296', whole, ...run, '--seed', '4294967296');
  refuses('--depth 0', whole, ...explore, '--depth', '0');
  refuses(
    '--preemptions of a strategy that it does not bound',
    /`--preemptions` bounds dfs, dpor, preemptions, not random: name one of them/,
    ...explore,
    '--strategy',
    'random',
    '--preemptions',
    '1',
  );
  refuses('--preemptions -1', whole, ...explore, '--preemptions', '-1');
  refuses('--times 0', whole, 'replay', 'any.schedule.json', '--times', '0');
  const known = /argument 'rf' is invalid\. Allowed choices are traces, observers, reads-from/;
  refuses('an unknown equivalence', known, ...explore, '--equivalence', 'rf');
  const forDpor = /`--equivalence observers` is for dpor: give `--strategy dpor` with it/;
  const coarse = ['--equivalence', 'observers'];
  refuses('an equivalence of pct', forDpor, ...explore, ...coarse, '--strategy', 'pct');
  const forStates = /`--check-forget` is for states: give `--strategy states` with it/;
  refuses('--check-forget of dpor', forStates, ...explore, '--check-forget', '--strategy', 'dpor');
  const alike = /`--check-symmetry` is for states: give `--strategy states` with it/;
  refuses('--check-symmetry of dpor', alike, ...explore, '--check-symmetry', '--strategy', 'dpor');
  const alone = /states runs on one thread, as it remembers .* `--threads` is for others/;
  refuses('states on threads', alone, ...explore, '--strategy', 'states', '--threads', '2');
  const both = /`--preemptions` bounds dpor with the equivalence "traces", not with "observers"/;
  const bound = ['--strategy', 'dpor', '--preemptions', '2'];
  refuses('an equivalence and a bound', both, ...explore, ...coarse, ...bound);
  const sleepers =
    /dpor with a bound runs on one thread, as who sleeps .* `--threads` is for others/;
  refuses('dpor with a bound on threads', sleepers, ...explore, ...bound, '--threads', '2');
  const pattern = /no scenario or variant has "v9" in its name \(SCENARIO\/VARIANT\): there are/;
  refuses('a pattern that fits nothing', pattern, 'regress', 'v9');
  const junit = ['--junit', join(folder, 'nowhere', 'report.xml')];
  const report = /report\.xml cannot be written: .*nowhere is no folder/;
  refuses('a report in no folder', report, 'regress', 'add-vs-online', ...junit);
  const place = /did you mean "threads"\? expected coroutines or threads/;
  const release =
    /'v6\.2' is invalid\. did you mean "v6\.1".*there are v3\.19, v4\.18, v4\.20, v6\.1/;
  refuses('an unknown release', release, 'lock-order', '--release', 'v6.2');
  refuses('an unknown place', place, 'replay', 'any.schedule.json', '--on', 'thread');
});

describe('the folder for findings', () => {
  const file = put(folder, 'a-file', '');
  const said = /findings cannot be written to .*a-file\/in\/it: .*a-file is not a folder/;
  refuses('a folder within a file', said, 'explore', 'add-vs-online', '--out', `${file}/in/it`);
  refuses('no name', /expected the path of a folder/, 'run', 'add-vs-online', '--out', '');

  test('that fails while writing is told after the verdicts, with status 2', async () => {
    const out = '/proc/heddle';
    const args = ['explore', 'add-vs-online', '--variant', 'v3.19', '--form', 'small'];
    const { status, out: said, err } = await command(...args, '--quiet', '--out', out);
    assert.equal(status, 2);
    assert.match(said, /v3\.19: as expected/);
    assert.match(err, /^heddle: findings cannot be written to \/proc\/heddle: [^\n]+\n$/);
  });
});

/** A schedule file that is right, with changes. */
function schedule(changes: Record<string, unknown> = {}): string {
  const steps = [
    { agent: 'firmware', operations: ['writeAcquire resource_lock'] },
    { agent: 'firmware', steps: 2 },
  ];
  const file = {
    heddleSchedule: 1,
    scenario: 'add-vs-online',
    variant: 'v4.20',
    form: 'small',
    schedule: steps,
  };
  return JSON.stringify({ ...file, ...changes });
}

let files = 0;

/** The schedule file is refused, with these words. */
function refusesSchedule(what: string, said: RegExp, content: string, ...more: string[]): void {
  const path = put(folder, `${files++}.schedule.json`, content);
  refuses(what, said, 'replay', path, ...more);
}

describe('a schedule file', () => {
  const missing = join(folder, 'nowhere.schedule.json');
  refuses('a file that is not there', /there is no schedule file .*nowhere/, 'replay', missing);
  mkdirSync(join(folder, 'folder'));
  refuses('a folder', /is a folder: name a schedule file in it/, 'replay', join(folder, 'folder'));
  refusesSchedule('what is not JSON', /is not JSON: /, '{ "heddleSchedule": 1, }');
  refusesSchedule('what is no object', /is not a schedule file/, '[1, 2]');
  refusesSchedule('other JSON', /it has no `heddleSchedule` version/, '{ "name": "x" }');
  const version = /has schedule format version 2; this Heddle reads version 1/;
  refusesSchedule('another version', version, schedule({ heddleSchedule: 2 }));
  const fields = /`varant` is no field here: did you mean "variant"\? there are heddleSchedule, sc/;
  refusesSchedule('an unknown field', fields, schedule({ varant: 'v4.20' }));
  refusesSchedule('a missing field', /`form` is missing/, schedule({ form: undefined }));
  refusesSchedule('a wrong type', /`seed`: .*Expected number/, schedule({ seed: 'one' }));

  const scenario = /no scenario is named "add".*say where it is with --scenario FILE/;
  refusesSchedule('an unknown scenario', scenario, schedule({ scenario: 'add' }));
  refusesSchedule(
    'a file of another scenario',
    /is a schedule of scenario "other", not of "add-vs-online"/,
    schedule({ scenario: 'other' }),
    '--scenario',
    'add-vs-online',
  );
  const gone = /is of the scenario in .*gone\.ts, which is not there: say where it is with --scen/;
  refusesSchedule('a scenario file that is gone', gone, schedule({ scenarioFile: 'gone.ts' }));
  refusesSchedule('an unknown variant', /has no variant "v5"/, schedule({ variant: 'v5' }));
  refusesSchedule('an unknown form', /has no form "tiny"/, schedule({ form: 'tiny' }));

  const agent = /schedule\[0\]: no agent is named "udevd": did you mean "udev"\?/;
  refusesSchedule(
    'an unknown agent',
    agent,
    schedule({ schedule: [{ agent: 'udevd', steps: 1 }] }),
  );
  const of = (operation: string): string =>
    schedule({ schedule: [{ agent: 'firmware', operations: [operation] }] });
  refusesSchedule('an unknown operation', /schedule\[0\]: "take" is no operation/, of('take lock'));
  const object = /schedule\[0\]: .*no "resource_look": did you mean "resource_lock"/;
  refusesSchedule('an unknown object', object, of('writeAcquire resource_look'));
  const neither = /schedule\[0\]: give either `operations` or `steps`/;
  refusesSchedule('a run of nothing', neither, schedule({ schedule: [{ agent: 'udev' }] }));

  const diverges =
    /\.json: replay diverges at step 1 of 1: expected firmware at writeAcquire mem_hotplug_lock; /;
  refusesSchedule('one that diverges', diverges, of('writeAcquire mem_hotplug_lock'));
  const stuck = /found udev at await memory33\.uevent, which cannot go on; could go: firmware at/;
  const early = schedule({ schedule: [{ agent: 'udev', steps: 1 }] });
  refusesSchedule('one that wants what cannot be', stuck, early);
  refusesSchedule('the same on threads', stuck, early, '--on', 'threads');
});

describe('the launcher', () => {
  test('passes the status and the line on', async () => {
    const { status, out, err } = await launch(['explore', 'add-vs-onlin']).ended;
    assertRefused({ status, out, err }, /did you mean "add-vs-online"/);
    assert.equal(out, '');
  });
});
