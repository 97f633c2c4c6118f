/**
 * `npm run prove -- locks [NAME]`: proves the locks of `heddle/locks`, each within its bounds
 * (`bounds.ts`), two at a time. Status 1 if a fault is found.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { bounds, type Bounds } from './bounds.ts';
import { programFrom, programsOf, programText } from './programs.ts';
import { proveProgram } from './prove-lock.ts';
import { weakTries } from './table-locks.ts';

/** Faults of one lock that are printed. */
const faultsMax = 10;
/** Locks that are proved at the same time. */
const processes = 2;

const [what = '', name, mark] = process.argv.slice(2);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Seconds of CPU that this process has used, with all its threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1e6);
}

/** Proves one lock; whether there is no fault. */
async function proveLock({ lock, calls, sizes, allows }: Bounds): Promise<boolean> {
  const threads = await CheckThreadPool.open(3);
  const began = performance.now();
  let faults = 0;
  let allowed = 0;
  try {
    for (const { agents, calls: most, spins, only, programs: chosen } of sizes) {
      const cpuBefore = cpuSeconds();
      let executions = 0;
      let outcomes = 0;
      let weak = 0;
      const programs = chosen?.map(programFrom) ?? programsOf(only ?? calls, agents, most);
      for (const program of programs) {
        const proof = await proveProgram(lock, program, spins, threads);
        executions += proof.executions;
        outcomes += proof.outcomes;
        weak += proof.weak;
        for (const fault of proof.faults) {
          if (allows?.words.test(fault) === true) allowed++;
          else if (faults++ < faultsMax) say(`${lock}: ${programText(program)}: ${fault}`);
        }
      }
      say(
        `${lock}: ${agents} agents, up to ${most} calls of ${(only ?? calls).join(', ')}, ` +
          `${spins} spins: ` +
          `${programs.length} programs, ${executions.toLocaleString('en')} executions, ` +
          `${outcomes} outcomes${faults === 0 ? ', those of the one-step lock' : ''}` +
          (weak === 0 ? '' : `, ${weak} of them by a weak ${weakTries[lock]!.join(', ')}`) +
          ` (${cpuSeconds() - cpuBefore} s of CPU)`,
      );
    }
  } finally {
    await threads.close();
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const noted = allowed === 0 ? '' : `, ${allowed} races allowed: ${allows!.because}`;
  say(
    `${lock}: ${faults === 0 ? 'proved' : `${faults} faults`} ` +
      `in ${seconds} s (${cpuSeconds()} s of CPU)${noted}`,
  );
  return faults === 0;
}

/** Proves a lock in a process of its own. */
function proveApart({ lock }: Bounds): Promise<boolean> {
  return new Promise((resolve) => {
    const script = fileURLToPath(import.meta.url);
    const child = spawn(process.execPath, [...process.execArgv, script, 'locks', lock, 'apart'], {
      stdio: 'inherit',
    });
    child.on('exit', (status) => resolve(status === 0));
  });
}

const chosen = bounds.filter(({ lock }) => name === undefined || lock === name);
if (what !== 'locks' || chosen.length === 0) {
  const names = bounds.map(({ lock }) => lock).join(', ');
  process.stderr.write(`say what to prove: locks [NAME]; there are ${names}\n`);
  process.exitCode = 2;
} else if (mark === 'apart') {
  if (!(await proveLock(chosen[0]!))) process.exitCode = 1;
} else {
  const began = performance.now();
  const queue = [...chosen];
  let good = true;
  const serve = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (!(await proveApart(next))) good = false;
    }
  };
  await Promise.all(Array.from({ length: processes }, serve));
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  say(`${chosen.length} locks ${good ? 'proved' : 'looked at, with faults'} in ${minutes} minutes`);
  if (!good) process.exitCode = 1;
}
