/**
 * `npm run mutants`: puts one fault after the other into a copy of the sources, and expects the
 * tests to notice. Exit status 1 if one is not noticed, or its text is no longer there.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dividedMutants } from './divided-mutants.ts';
import { atomicsMutants } from './atomics-mutants.ts';
import { dporMutants } from './dpor-mutants.ts';
import { howFarMutants } from './how-far-mutants.ts';
import { lockMutants } from './lock-mutants.ts';
import { explanationMutants } from './explanation-mutants.ts';
import { mutants, type Mutant } from './mutants.ts';
import { givenMutants } from './given-mutants.ts';
import { parsimoniousMutants } from './parsimonious-mutants.ts';
import { recordingMutants } from './recording-mutants.ts';
import { ruleMutants } from './rule-mutants.ts';
import { spawnMutants } from './spawn-mutants.ts';
import { stateMutants } from './state-mutants.ts';
import { threadMutants } from './thread-mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const copied = ['src', 'workers', 'scenarios', 'test', 'bench', 'package.json', 'tsconfig.json'];
/** A mutant that makes the tests hang is noticed too. */
const timeoutMs = 120_000;
/** All tests together, without any mutant. */
const wholeTimeoutMs = 900_000;

type Verdict = 'noticed' | 'SURVIVED' | 'STALE';

function copyOfTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-mutants-'));
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Runs the tests; whether they are green, and what they printed. */
async function runTests(
  folder: string,
  tests: readonly string[],
  limitMs = timeoutMs,
): Promise<{ green: boolean; output: string }> {
  const paths = tests.map((test) => join('test', test));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=spec', ...paths],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return await new Promise((resolve) => {
    const timer = setTimeout(() => {
      // The whole group: the runner's own children would go on.
      process.kill(-child.pid!, 'SIGKILL');
    }, limitMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ green: code === 0, output });
    });
  });
}

async function judge(mutant: Mutant, folder: string): Promise<Verdict> {
  const path = join(folder, 'src', mutant.file);
  const source = readFileSync(path, 'utf8');
  if (source.split(mutant.from).length !== 2) return 'STALE';
  writeFileSync(
    path,
    source.replace(mutant.from, () => mutant.to),
  );
  try {
    return (await runTests(folder, mutant.tests)).green ? 'SURVIVED' : 'noticed';
  } finally {
    writeFileSync(path, source);
  }
}

/** Takes mutants from the list until there are none. */
async function work(
  queue: Mutant[],
  folder: string,
  verdicts: Map<Mutant, Verdict>,
): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const verdict = await judge(mutant, folder);
    verdicts.set(mutant, verdict);
    process.stdout.write(`${verdict.padEnd(10)}${mutant.name}\n`);
  }
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const all = [
    mutants,
    atomicsMutants,
    dporMutants,
    parsimoniousMutants,
    dividedMutants,
    howFarMutants,
    recordingMutants,
    explanationMutants,
    givenMutants,
    ruleMutants,
    lockMutants,
    spawnMutants,
    threadMutants,
    stateMutants,
  ].flat();
  const chosen = all.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const folders = Array.from({ length: Math.min(4, availableParallelism()) }, copyOfTree);
  try {
    const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
    const { green, output } = await runTests(folders[0]!, tests, wholeTimeoutMs);
    if (!green) {
      process.stdout.write(`BROKEN    the tests are red without any mutant:\n${output}`);
      return 1;
    }
    const verdicts = new Map<Mutant, Verdict>();
    const queue = [...chosen];
    await Promise.all(folders.map((folder) => work(queue, folder, verdicts)));
    const noticed = [...verdicts.values()].filter((verdict) => verdict === 'noticed').length;
    process.stdout.write(`\n${noticed} of ${chosen.length} mutants were noticed\n`);
    return noticed === chosen.length ? 0 : 1;
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
