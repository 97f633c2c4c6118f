import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { asyncBench } from './async-bench.ts';
import { Contest } from './contest.ts';
import { threadsMax, type Contender, type Family } from './contender.ts';
import { contenders } from './contenders.ts';
import { meetingBench } from './meeting-bench.ts';
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
  /** Measurements of each row; the best one counts. */
  readonly rounds: number;
  readonly only: string;
  /** Print rows as JSON, one a line: for the child process. */
  readonly json: boolean;
}

function readOptions(parameters: readonly string[]): Options | string {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      threads: { type: 'string', default: '1,2,4,8' },
      ms: { type: 'string', default: '150' },
      rounds: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  });
  const threads = values.threads.split(',').map(Number);
  if (threads.some((count) => !Number.isInteger(count) || count < 1 || count > threadsMax)) {
    return `--threads: expected numbers from 1 to ${threadsMax}, as 1,2, got ${values.threads}`;
  }
  const [ms, rounds] = [Number(values.ms), Number(values.rounds)];
  if (!(ms >= 1 && ms <= 60_000)) return `--ms: expected 1 to 60000, got ${values.ms}`;
  if (!Number.isInteger(rounds) || rounds < 1) return `--rounds: expected 1 or more, got ${rounds}`;
  return { threads, ms, rounds, only: values.only, json: values.json };
}

/** All rows of one contender; the best round of each. */
async function rowsOf(contender: Contender, options: Options): Promise<(Row | BadRow)[]> {
  const contest = new Contest(contender);
  await contest.open(Math.max(...options.threads));
  const rows: (Row | BadRow)[] = [];
  try {
    for (const share of shares[contender.family]) {
      for (const threads of options.threads) {
        // The first one lets the compiler see what it is about.
        await contest.run(threads, share, options.ms / 3);
        let best = await contest.run(threads, share, options.ms);
        for (let round = 1; round < options.rounds && !('problem' in best); round++) {
          const row = await contest.run(threads, share, options.ms);
          if ('problem' in row || row.perCpuSecond > best.perCpuSecond) best = row;
        }
        rows.push(best);
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
    await meetingBench(options.threads.filter((count) => count > 1));
  }
  const verdict = new Verdict();
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
