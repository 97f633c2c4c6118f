import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import {
  scenario,
  type Arena,
  type Parameters,
  type Scenario,
  type Step,
} from '../../src/program/index.ts';
import { makeKernel, type Kernel } from '../../src/kernel/kernel.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import type { LockEvent } from './solo-run.ts';

/** What the executions of some agents showed. */
export interface RaceRun {
  /** Titles of findings but guarded lock inversions, each once, sorted. */
  readonly findings: readonly string[];
  /** What the agents returned in some execution, as `first,second`, sorted. */
  readonly outcomes: readonly string[];
}

/**
 * Runs agents on one kernel, 600 executions chosen by PCT with a fixed seed.
 *
 * @param prepare - lays out more than the kernel, in the set-up
 * @param observe - is told of every operation, and of each execution's end by `undefined`
 */
export function raceRun(
  parameters: Parameters,
  agents: Readonly<Record<string, (kernel: Kernel) => Step<unknown>>>,
  prepare?: (arena: Arena, kernel: Kernel) => void,
  observe?: (event: LockEvent | undefined) => void,
): RaceRun {
  let results: Record<string, unknown> = {};
  const named = Object.entries(agents).map(([name, agent]) => [
    name,
    function* (kernel: Kernel): Step {
      results[name] = yield* agent(kernel);
    },
  ]);
  const program = instantiate(
    scenario<Kernel>({
      name: 'race',
      summary: 'a few agents',
      source: 'test',
      setup(arena, given) {
        const kernel = makeKernel(arena, given);
        prepare?.(arena, kernel);
        return kernel;
      },
      agents: Object.fromEntries(named),
      variants: { only: { summary: 'as given', parameters } },
    }) as Scenario,
    { variant: 'only', form: 'full' },
  );
  const observer = {
    event(kind: number, agent: number, object: number, _argument: number, outcome: number): void {
      observe?.({ kind, agent, object, lockClass: program.subject.className(object), outcome });
    },
  };
  const coroutines = new Coroutines(program, observe === undefined ? {} : { observer });
  const findings = new Set<string>();
  const outcomes = new Set<string>();
  let count = 0;
  coroutines.runAll(new Pct({ seed: 1, depth: 3 }), 0, () => {
    outcomes.add(
      Object.keys(agents)
        .map((name) => String(results[name]))
        .join(),
    );
    results = {};
    observe?.(undefined);
    for (const { title, level } of coroutines.checks!.findings) {
      if (level !== 'guarded') findings.add(title);
    }
    return ++count >= 600;
  });
  return { findings: [...findings].sort(), outcomes: [...outcomes].sort() };
}
