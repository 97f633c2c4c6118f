import { monotonicMs } from '../execute/clock.ts';
import { loadScenario } from '../execute/load-scenario.ts';
import { instantiate } from '../execute/program.ts';
import type { Variant } from '../program/scenario.ts';
import { expectedText, judge } from './expectation.ts';
import { explore } from './explore.ts';
import { strategyNamed, unbounded } from './strategies/registry.ts';

/** One variant of a scenario to explore in all of its forms: plain data, for a worker thread. */
export interface RegressJob {
  /** URL of the scenario's module. */
  readonly url: string;
  readonly scenario: string;
  readonly variant: string;
  readonly seed: number;
  /** Seconds for each form at the most. */
  readonly seconds: number;
}

/** How one form of the variant was explored. */
export interface RegressForm {
  readonly form: string;
  readonly strategy: string;
  readonly executions: number;
  readonly complete: boolean;
  readonly statement: string;
}

export interface RegressResult {
  readonly scenario: string;
  readonly variant: string;
  readonly expected: readonly string[];
  /** The same by kind and level, each once and without the names. */
  readonly expectedKinds: readonly string[];
  /** What was found, each once; guarded inversions too. */
  readonly found: readonly string[];
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly asExpected: boolean;
  readonly forms: readonly RegressForm[];
  readonly ms: number;
  /** Why the job could not be done; empty if it was. */
  readonly error: string;
}

/** Executions of a strategy that never is through by itself, where the form does not say. */
const executionsDefault = 1000;

/**
 * Explores one variant as its forms declare and compares with what it must show. Never rejects: a
 * worker's errors would arrive without their names.
 */
export async function runRegressJob(job: RegressJob): Promise<RegressResult> {
  const begunMs = monotonicMs();
  try {
    return { ...(await exploreForms(job)), ms: monotonicMs() - begunMs, error: '' };
  } catch (error) {
    const { scenario, variant } = job;
    const none = { expected: [], expectedKinds: [], found: [], missing: [], unexpected: [] };
    const message = error instanceof Error ? error.message : String(error);
    const ms = monotonicMs() - begunMs;
    return { scenario, variant, ...none, asExpected: false, forms: [], ms, error: message };
  }
}

async function exploreForms(job: RegressJob): Promise<Omit<RegressResult, 'ms' | 'error'>> {
  const scenario = await loadScenario(job.url);
  const variant = scenario.variants[job.variant]!;
  const forms: RegressForm[] = [];
  const records = [];
  for (const [form, declared] of Object.entries(scenario.forms)) {
    const options = { seed: job.seed, depth: 3, preemptions: unbounded };
    const strategy = strategyNamed(declared.strategy ?? 'random', options);
    const exploration = await explore(instantiate(scenario, { variant: job.variant, form }), {
      strategy,
      seed: job.seed,
      executions:
        declared.executions ?? (strategy.exhausted === undefined ? executionsDefault : undefined),
      seconds: job.seconds,
      // Nobody reads the schedules: what matters is what is found.
      minimise: false,
    });
    const { counts, complete, statement, findings } = exploration;
    const { executions } = counts;
    forms.push({ form, strategy: strategy.name, executions, complete, statement });
    records.push(...findings);
  }
  const { asExpected, missing, unexpected } = judge(variant, records);
  const shows = variant.shows ?? [];
  return {
    scenario: job.scenario,
    variant: job.variant,
    expected: shows.length === 0 ? ['clean'] : shows.map(expectedText),
    expectedKinds: kindsToShow(variant),
    found: [...new Set(records.map(({ finding }) => `${finding.kind} (${finding.level})`))],
    missing: missing.map(expectedText),
    unexpected: unexpected.map(({ finding }) => finding.title),
    asExpected,
    forms,
  };
}

/** What a variant must show by kind and level, each once: "lock-inversion (possible)". */
export function kindsToShow({ shows = [] }: Variant): readonly string[] {
  if (shows.length === 0) return ['clean'];
  return [
    ...new Set(shows.map(({ kind, level }) => (level === undefined ? kind : `${kind} (${level})`))),
  ];
}
