import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { asyncBench } from './async-bench.ts';
import { Contest } from './contest.ts';
import { threadsMax, type Contender, type Family } from './contender.ts';
import { contenders } from './contenders.ts';
import { meetingBench } from './meeting-bench.ts';
import { meetings } from './meetings.ts';
import { Verdict } from './verdict.ts';
import type { BadRow, Row } from './row.ts';
import { rowHeader, rowLine } from './row-text.ts';
import type { Share } from './thread-messages.ts';
import { uncontendedBench } from './uncontended-bench.ts';

const shares: Readonly<Record<Family, readonly Share[]>> = {
  'one holder': [0],
  'readers and writers': [0, 50, 95, 100],
};

interface Options {
  readonly threads: readonly number[];
  /** Milliseconds of one measurement. */
  readonly ms: number;
  /** Measurements of each row; the one in the middle counts. */
  readonly rounds: number;
  readonly only: string;
  /** Print rows as JSON, one a line: for the child process. */
  readonly json: boolean;
}

/** What the command line says, or what is wrong with it. */
function parse(parameters: readonly string[]): Record<string, string | boolean> | string {
  try {
    return parseArgs({
      args: [...parameters],
      options: {
        threads: { type: 'string', default: '1,2,4,8' },
        ms: { type: 'string', default: '150' },
        rounds: { type: 'string', default: '3' },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
      },
    }).values as Record<string, string | boolean>;
  } catch (error) {
    const known = '--threads 1,2, --ms N, --rounds N, --only NAME';
    return `${(error as Error).message.split('.')[0]}: there are ${known}`;
  }
}

function readOptions(parameters: readonly string[]): Options | string {
  const values = parse(parameters);
  if (typeof values === 'string') return values;
  const threads = String(values['threads']).split(',').map(Number);
  if (threads.some((count) => !Number.isInteger(count) || count < 1 || count > threadsMax)) {
    const wanted = `numbers from 1 to ${threadsMax}, as 1,2`;
    return `--threads: expected ${wanted}, got ${String(values['threads'])}`;
  }
  const [ms, rounds] = [Number(values['ms']), Number(values['rounds'])];
  if (!(ms >= 1 && ms <= 60_000)) return `--ms: expected 1 to 60000, got ${String(values['ms'])}`;
  if (!Number.isInteger(rounds) || rounds < 1) return `--rounds: expected 1 or more, got ${rounds}`;
  return { threads, ms, rounds, only: String(values['only']), json: values['json'] === true };
}

/** The row in the middle, by processor time: the best ones are those in which one had it all. */
function medianOf(rows: readonly Row[]): Row {
  const sorted = rows.toSorted((one, other) => one.perCpuSecond - other.perCpuSecond);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** All rows of one contender; the median round of each. */
async function rowsOf(contender: Contender, options: Options): Promise<(Row | BadRow)[]> {
  const contest = new Contest(contender);
  await contest.open(Math.max(...options.threads));
  const rows: (Row | BadRow)[] = [];
  try {
    for (const share of shares[contender.family]) {
      for (const threads of options.threads) {
        // The first one lets the compiler see what it is about.
        await contest.run(threads, share, options.ms / 3);
        const found: Row[] = [];
        let bad: BadRow | undefined;
        for (let round = 0; round < options.rounds && bad === undefined; round++) {
          const row = await contest.run(threads, share, options.ms);
          if ('problem' in row) bad = row;
          else found.push(row);
        }
        rows.push(bad ?? medianOf(found));
      }
    }
  } finally {
    await contest.close();
  }
  return rows;
}

/** V8's own mutex wants a flag, which the others shall not have: a process of its own. */
function rowsInChild(contender: Contender, options: Options): (Row | BadRow)[] | string {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const flags = ['--harmony-struct', '--import', 'tsx'];
  const chosen = ['--json', '--only', contender.name, '--threads', options.threads.join(',')];
  const times = ['--ms', `${options.ms}`, '--rounds', `${options.rounds}`];
  const parameters = [...flags, main, 'locks', ...chosen, ...times];
  const child = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  const lines = child.stdout.split('\n').filter((line) => line.startsWith('{'));
  if (child.status === 0 && lines.length > 0) {
    return lines.map((line) => JSON.parse(line) as Row | BadRow);
  }
  return `SKIPPED: needs --harmony-struct, and this Node answered: ${lastLine(child.stderr)}`;
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .findLast((line) => /rror/.test(line)) ?? 'nothing'
  );
}

/**
 * `npm run bench -- locks`: what the locks cost and how fair they are, beside the limit of the
 * hardware and others' locks, in one run. Whether nobody's lock is faster in any row.
 */
export async function locksBench(parameters: readonly string[]): Promise<boolean> {
  const options = readOptions(parameters);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    process.exitCode = 2;
    return true;
  }
  const chosen = contenders.filter(({ name }) => name.includes(options.only));
  const meets = Object.keys(meetings).filter((name) => name.includes(options.only));
  if (chosen.length + meets.length === 0) {
    const names = [...contenders.map(({ name }) => name.trim()), ...Object.keys(meetings)].join(
      ', ',
    );
    process.stderr.write(`--only: no lock is named "${options.only}": there are ${names}\n`);
    process.exitCode = 2;
    return true;
  }
  if (options.json) {
    for (const contender of chosen) {
      for (const row of await rowsOf(contender, options)) {
        process.stdout.write(`${JSON.stringify(row)}\n`);
      }
    }
    return true;
  }
  if (options.only === '') {
    uncontendedBench();
    await asyncBench();
  }
  const verdict = new Verdict();
  if (meets.length > 0) {
    const counts = options.threads.filter((count) => count > 1);
    verdict.addMeetings(await meetingBench(meets, counts));
  }
  for (const family of Object.keys(shares) as Family[]) {
    process.stdout.write(`\n${family}\n${rowHeader}\n`);
    for (const contender of chosen.filter((one) => one.family === family)) {
      const isStruct = contender.struct === true;
      const rows = isStruct ? rowsInChild(contender, options) : await rowsOf(contender, options);
      if (typeof rows === 'string') process.stdout.write(`  ${contender.name}: ${rows}\n`);
      else {
        for (const row of rows) process.stdout.write(`${rowLine(row)}\n`);
        verdict.add(contender, rows);
      }
    }
  }
  return verdict.print();
}
