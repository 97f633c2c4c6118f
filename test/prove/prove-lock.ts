import type { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { instantiate } from '../../src/execute/program.ts';
import { scenario } from '../../src/program/scenario.ts';
import { checkThreads } from '../../src/schedule/check-threads.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { outcomes } from './lock-module.ts';
import { programText, type LockProgram } from './programs.ts';
import { tableLocks, timedCall, weakly, weakTries, type TableCall } from './table-locks.ts';

/** What the proof of one program came to. */
export interface ProgramProof {
  readonly program: LockProgram;
  /** States of the lock's algorithm, or executions where each order was run. */
  readonly states: number;
  readonly executions: number;
  /** Different outcomes. */
  readonly outcomes: number;
  /** Those of them that come only of a weak try that failed (`weakTries`). */
  readonly weak: number;
  /** What is wrong, in a line each. */
  readonly faults: readonly string[];
}

const lockModule = new URL('./lock-module.ts', import.meta.url);

/**
 * Explores a program on a lock's algorithm and on the one-step lock completely, and compares: no
 * race, no exception, and the same results can come of it, no more and no fewer; and if nobody can
 * get stuck on the one-step lock, nobody does. Results that only a weak try explains may come of
 * it, and need not (`weakTries`).
 *
 * @param spins - attempts of a waiter before it sleeps
 * @param as - the one-step lock that it is compared with, by the name of its own
 * @param strategy - `states`: each state once; `dpor`: each order once
 */
export async function proveProgram(
  lock: string,
  program: LockProgram,
  spins: number,
  threads: CheckThreadPool,
  as: string = lock,
  strategy: 'states' | 'dpor' = 'states',
): Promise<ProgramProof> {
  const parameters = { lock, program: programText(program), spins };
  const exploration = await checkThreads(lockModule, {
    threads,
    parameters,
    strategy,
    minimise: false,
  });
  const found = new Set(outcomes);
  const expected = await tableOutcomes(as, program);
  const faults: string[] = [];
  const { states = 0 } = exploration;
  if (!exploration.complete) faults.push(exploration.statement);
  if (strategy === 'states' && states === 0) faults.push('a thread spins: no search of states');
  const stuck = exploration.findings.filter(({ finding }) => finding.kind === 'deadlock');
  for (const record of exploration.findings) {
    if (!stuck.includes(record)) faults.push(record.finding.title);
  }
  if (!expected.stuck && stuck.length > 0) faults.push(stuck[0]!.finding.title);
  if (expected.stuck && stuck.length === 0) faults.push('nobody gets stuck, as somebody must');
  const more = [...found].filter((outcome) => !expected.outcomes.has(outcome));
  const allowed = more.length === 0 ? new Set() : await weakOutcomes(as, program);
  for (const outcome of more) if (!allowed.has(outcome)) faults.push(`more: ${outcome}`);
  const weak = more.filter((outcome) => allowed.has(outcome)).length;
  for (const outcome of expected.outcomes) if (!found.has(outcome)) faults.push(`less: ${outcome}`);
  const { executions } = exploration.counts;
  return { program, states, executions, outcomes: found.size, weak, faults };
}

interface Expected {
  /** What can come of it, and must be found. */
  readonly outcomes: ReadonlySet<string>;
  readonly stuck: boolean;
}

/** What can come of a program on the one-step lock. */
async function tableOutcomes(lock: string, program: LockProgram): Promise<Expected> {
  const outcomes = new Set<string>();
  let stuck = false;
  const ways = (call: string): string[] => (call === timedCall ? ['lock', 'giveUp'] : [call]);
  for (const choice of choicesOf(program, ways)) {
    const { exploration, met } = await exploreTable(lock, choice);
    for (const outcome of met) outcomes.add(outcome);
    stuck ||= exploration.findings.some(({ finding }) => finding.kind === 'deadlock');
  }
  return { outcomes, stuck };
}

/** What can come of it where weak tries may fail. */
async function weakOutcomes(lock: string, program: LockProgram): Promise<ReadonlySet<string>> {
  const outcomes = new Set<string>();
  const tries = weakTries[lock];
  if (tries === undefined) return outcomes;
  const ways = (call: string, before: readonly string[]): string[] => {
    const weak = tries.some((one) => one.call === call && !before.includes(one.until ?? ''));
    return weak ? [call, weakly(call)] : [call];
  };
  for (const choice of choicesOf(program, ways)) {
    const { met } = await exploreTable(lock, choice);
    for (const outcome of met) outcomes.add(outcome);
  }
  return outcomes;
}

/** The program with each of its calls made in each of its ways. */
function choicesOf(
  program: LockProgram,
  waysOf: (call: string, before: readonly string[]) => string[],
): LockProgram[] {
  let choices: string[][][] = [program.map(() => [])];
  for (const [agent, sequence] of program.entries()) {
    for (const [place, call] of sequence.entries()) {
      choices = choices.flatMap((choice) =>
        waysOf(call, sequence.slice(0, place)).map((way) =>
          choice.map((calls, at) => (at === agent ? [...calls, way] : calls)),
        ),
      );
    }
  }
  return choices;
}

async function exploreTable(
  lock: string,
  program: LockProgram,
): Promise<{ exploration: Exploration; met: Set<string> }> {
  const met = new Set<string>();
  const returned: unknown[][] = [[], [], []];
  const names = ['a', 'b', 'c'];
  const made = scenario<TableCall>({
    name: 'one-step',
    summary: 'the calls of a program on the one-step lock',
    source: lock,
    setup: (arena) => tableLocks[lock]!(arena, program.length),
    agents: Object.fromEntries(
      names.slice(0, program.length).map((name, agent) => [
        name,
        function* (call) {
          returned[agent] = [];
          for (const one of program[agent]!) returned[agent].push(yield* call(one));
        },
      ]),
    ),
    invariants: [
      {
        name: 'outcome',
        when: 'end',
        holds: () => {
          met.add(JSON.stringify(returned));
          return true;
        },
      },
    ],
  });
  const laid = instantiate(made as never, { variant: 'default', form: 'full' });
  const exploration = await explore(laid, { strategy: new Dpor(), seed: 1, minimise: false });
  return { exploration, met };
}
