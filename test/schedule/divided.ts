import assert from 'node:assert/strict';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { Random } from '../../src/execute/random.ts';
import type { ExecutionOutcome } from '../../src/execute/strategy.ts';
import type {
  Divider,
  Division,
  PieceStrategy,
  Plain,
} from '../../src/schedule/strategies/division.ts';

/** As between threads, and in files: nothing but data gets through. */
function sent(value: Plain): Plain {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Plain);
}

interface Worker {
  readonly coroutines: Coroutines;
  task: number;
  strategy: PieceStrategy | undefined;
  /** Whether the strategy has run something. */
  begun: boolean;
}

export interface DividedRun {
  readonly divider: Divider;
  readonly threads: number;
  /** Decides who runs how much when, who gives when, and when all is saved and loaded. */
  readonly seed: number;
  /** Saves and loads once in so many turns; 0: never. */
  readonly saves: number;
  readonly program: () => Program;
  /** Of `dpor`: whether wakeup trees are kept also where they need not be; default: no. */
  readonly trees?: boolean;
  /** Whether executions with other words in their end are to be told apart; default: no. */
  readonly watchesEnd?: boolean;
  /** What was run so far does not count. */
  readonly onAnew?: () => void;
  readonly onExecution: (coroutines: Coroutines, outcome: ExecutionOutcome) => void;
}

/**
 * Runs a divided search with all of its threads on this one, in turns that the seed decides: they
 * give away at any time, also when nobody asks, and now and then all is written down and read again
 * by as many others.
 */
export function runDivided(run: DividedRun): { pieces: number; loads: number } {
  const { divider, threads, saves } = run;
  const random = new Random();
  random.seed(run.seed, 0);
  const programs = Array.from({ length: threads }, run.program);
  const fresh = (): Worker[] =>
    programs.map((program) => {
      const coroutines = new Coroutines(program);
      if (run.trees === true) coroutines.machine.sharersExclude = true;
      return { coroutines, task: -1, strategy: undefined, begun: false };
    });
  let division = divider.begin();
  let workers = fresh();
  let pieces = 0;
  let loads = 0;
  for (;;) {
    const free = workers.filter(({ strategy }) => strategy === undefined);
    if (free.length === threads && !division.waits) break;
    if (saves > 0 && random.below(saves) === 0) {
      division = saved(divider, division, workers);
      workers = fresh();
      loads++;
      continue;
    }
    const worker = workers[random.below(threads)]!;
    if (worker.strategy === undefined) {
      if (begin(run, division, worker)) pieces++;
    } else {
      advance(run, division, worker, random);
    }
  }
  assert.equal(division.running, 0);
  return { pieces, loads };
}

function begin(run: DividedRun, division: Division, worker: Worker): boolean {
  const taken = division.take();
  if (taken === undefined) return false;
  const { task } = taken;
  worker.task = task;
  worker.begun = false;
  worker.strategy = run.divider.strategy(sent(taken.piece), (question) =>
    sent(division.answer(task, sent(question))),
  );
  if (run.watchesEnd === true) worker.strategy.watchEnd?.();
  return true;
}

function advance(run: DividedRun, division: Division, worker: Worker, random: Random): void {
  const { coroutines, task } = worker;
  const strategy = worker.strategy!;
  let left = 1 + random.below(4);
  let through = true;
  let { beginnings } = division;
  const isOf = (): boolean => division.isOf?.(task) ?? true;
  let counts = isOf();
  coroutines.runAll(strategy, 0, (outcome) => {
    worker.begun = true;
    if (division.beginnings !== beginnings) run.onAnew!();
    ({ beginnings } = division);
    counts &&= isOf();
    if (counts) run.onExecution(coroutines, outcome);
    if (--left > 0) return false;
    through = false;
    return true;
  });
  if (through) {
    division.done(task);
    worker.strategy = undefined;
  } else if (random.below(2) === 0) {
    const share = strategy.give();
    if (share !== undefined) division.give(task, sent(share));
  }
}

function saved(divider: Divider, division: Division, workers: readonly Worker[]): Division {
  const rests = new Map<number, Plain>();
  for (const { strategy, task, begun } of workers) {
    if (strategy === undefined) continue;
    if (begun) rests.set(task, strategy.rest());
    else division.putBack(task);
  }
  return divider.load(sent(division.save(rests)));
}
