/**
 * `npm run prove -- locks [NAME]`: proves the locks of `heddle/locks`, each within its bounds
 * (`bounds.ts`), three sizes at a time. Status 1 if a fault is found.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { bounds, type Bounds, type Size } from './bounds.ts';
import { programsOf, programText } from './programs.ts';
import { proveProgram } from './prove-lock.ts';

/** Faults of one size of a lock that are printed. */
const faultsMax = 10;
/** Sizes that are proved at the same time. */
const processes = 3;

const [what = '', name, number] = process.argv.slice(2);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function counted(value: number): string {
  return value.toLocaleString('en');
}

/** Seconds of CPU that this process has used, with all its threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1e6);
}

/** "Mutex: 2 agents, up to 3 calls of lock, try, 1 spins". */
function sizeText({ lock, calls }: Bounds, { agents, calls: most, spins }: Size): string {
  const with_ = `${agents} agents, up to ${most} calls of ${calls.join(', ')}`;
  return `${lock}: ${with_}, ${spins} spins`;
}

/** Proves one size of a lock; whether there is no fault. */
async function proveSize(bound: Bounds, size: Size): Promise<boolean> {
  const { lock, calls, allows, fewer } = bound;
  const threads = await CheckThreadPool.open(3);
  const programs = programsOf(calls, size.agents, size.calls);
  const sum = { states: 0, most: 0, outcomes: 0, weak: 0, faults: 0, allowed: 0, fewer: 0 };
  try {
    for (const program of programs) {
      const proof = await proveProgram(lock, program, size.spins, threads);
      sum.states += proof.states;
      sum.most = Math.max(sum.most, proof.states);
      sum.outcomes += proof.outcomes;
      sum.weak += proof.weak;
      for (const fault of proof.faults) {
        if (allows?.words.test(fault) === true) sum.allowed++;
        else if (fewer !== undefined && fault.startsWith('less: ')) sum.fewer++;
        else if (sum.faults++ < faultsMax) say(`${lock}: ${programText(program)}: ${fault}`);
      }
    }
  } finally {
    await threads.close();
  }
  const faults = sum.faults === 0 ? ', those of the one-step lock' : `, ${sum.faults} FAULTS`;
  const weak = sum.weak === 0 ? '' : `, ${sum.weak} by a weak try`;
  const less = sum.fewer === 0 ? '' : `, ${sum.fewer} did not come`;
  const races = sum.allowed === 0 ? '' : `; ${sum.allowed} races allowed, of ${allows!.name}`;
  say(
    `${sizeText(bound, size)}: ${programs.length} programs, ${counted(sum.states)} states ` +
      `(at most ${counted(sum.most)} of one), ${sum.outcomes} outcomes` +
      `${faults}${weak}${less}${races} ` +
      `(${cpuSeconds()} s of CPU)`,
  );
  return sum.faults === 0;
}

/** Proves a size of a lock in a process of its own. */
function proveApart(lock: string, at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const script = fileURLToPath(import.meta.url);
    const given = ['locks', lock, String(at)];
    const child = spawn(process.execPath, [...process.execArgv, script, ...given], {
      stdio: 'inherit',
    });
    child.on('exit', (status) => resolve(status === 0));
  });
}

async function proveAll(chosen: readonly Bounds[]): Promise<boolean> {
  const began = performance.now();
  const jobs = chosen.flatMap(({ lock, sizes }) => sizes.map((size, at) => ({ lock, at, size })));
  // The longest first, so that both processes end at about the same time.
  const weight = ({ size: { agents, calls } }: (typeof jobs)[number]): number =>
    agents * 10 + calls;
  jobs.sort((one, other) => weight(other) - weight(one));
  let good = true;
  const serve = async (): Promise<void> => {
    for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
      if (!(await proveApart(next.lock, next.at))) good = false;
    }
  };
  await Promise.all(Array.from({ length: processes }, serve));
  const reasons = chosen.flatMap(({ lock, fewer, allows }) => [
    ...(fewer === undefined ? [] : [`${lock}, what did not come: ${fewer}`]),
    ...(allows === undefined ? [] : [`${allows.name}: ${allows.because}`]),
  ]);
  for (const reason of new Set(reasons)) say(reason);
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  say(`${chosen.length} locks ${good ? 'proved' : 'looked at, with faults'} in ${minutes} minutes`);
  return good;
}

const chosen = bounds.filter(({ lock }) => name === undefined || lock === name);
const size = chosen[0]?.sizes[Number(number)];
if (what !== 'locks' || chosen.length === 0 || (number !== undefined && size === undefined)) {
  const names = bounds.map(({ lock }) => lock).join(', ');
  process.stderr.write(`say what to prove: locks [NAME]; there are ${names}\n`);
  process.exitCode = 2;
} else if (!(await (size === undefined ? proveAll(chosen) : proveSize(chosen[0]!, size)))) {
  process.exitCode = 1;
}
