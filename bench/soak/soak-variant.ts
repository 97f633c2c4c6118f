import { loadScenario } from '../../src/execute/load-scenario.ts';
import type { Scenario, Variant } from '../../src/program/index.ts';
import { expectedText, judge } from '../../src/schedule/expectation.ts';
import type { FindingRecord } from '../../src/schedule/finding-record.ts';
import { runThreads, type ThreadsResult } from '../../src/schedule/run-threads.ts';
import { memoryText } from './memory.ts';

export const loadUrl: string = new URL('../../scenarios/hotplug-load.ts', import.meta.url).href;

const minuteMs = 60_000;

export type Say = (text: string) => void;

/** Whether a variant has bugs to show; such a one ends as soon as it has shown them. */
export function isBroken({ shows = [] }: Variant): boolean {
  return shows.length > 0;
}

/**
 * Runs one variant of the load on free threads, with a line every minute and one at the end. The
 * form is the one of the variant's name, or the first.
 *
 * @returns whether it showed what it declares, and nothing else
 */
export async function soakVariant(
  name: string,
  seconds: number,
  say: Say,
  url: string = loadUrl,
): Promise<boolean> {
  const scenario = await loadScenario(url);
  const variant = scenario.variants[name]!;
  const form = name in scenario.forms ? name : Object.keys(scenario.forms)[0]!;
  const shown = new AbortController();
  const found: FindingRecord[] = [];
  let minutes = 0;
  const result = await runThreads(
    scenario,
    url,
    { variant: name, form },
    {
      seconds,
      seed: 1,
      minimise: false,
      signal: shown.signal,
      onFinding: (record) => {
        found.push(record);
        if (isBroken(variant) && judge(variant, found).missing.length === 0) shown.abort();
      },
      onProgress: ({ iterations, steps, elapsedMs }) => {
        if (elapsedMs < (minutes + 1) * minuteMs) return;
        minutes++;
        say(`  ${name}, minute ${minutes}: ${counted(iterations, steps)}; ${memoryText()}`);
      },
    },
  );
  return tell({ name: `${name}, ${form}`, scenario, variant }, result, say);
}

interface Soaked {
  readonly name: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
}

function tell(
  { name, scenario, variant }: Soaked,
  { outcome, findings }: ThreadsResult,
  say: Say,
): boolean {
  const { counts, deadlocked, cutOff } = outcome;
  const { iterations, unlogged, steps, elapsedMs } = counts;
  const { missing, unexpected } = judge(variant, findings);
  const cut = cutOff ? ', the last one cut off' : '';
  say(
    `${name}: ${counted(iterations, steps)} in ${(elapsedMs / 1000).toFixed(1)} s${cut}; ` +
      memoryText(),
  );
  if (isBroken(variant)) {
    const kinds = [...new Set(findings.map(({ finding }) => finding.kind))].join(', ');
    say(`  found ${kinds === '' ? 'nothing' : kinds}`);
  } else {
    const ended = iterations - unlogged - (cutOff ? 1 : 0);
    const guarded = findings.filter(({ finding }) => finding.level === 'guarded').length;
    say(
      `  checked at the end of ${ended.toLocaleString('en-US')} iterations ` +
        `(${unlogged} too long to check): ${(scenario.invariants ?? []).length} invariants; ` +
        `${guarded} guarded inversions, ${unexpected.length} findings`,
    );
  }
  const nothing = !isBroken(variant) && iterations - unlogged - (cutOff ? 1 : 0) <= 0;
  if (nothing) say('  nothing was checked: no iteration ended in its time; give more --seconds');
  for (const one of missing) say(`  missing: ${expectedText(one)}`);
  for (const { finding } of unexpected) say(`  unexpected: ${finding.title}`);
  const asDeclared = missing.length === 0 && unexpected.length === 0 && !nothing;
  return asDeclared && (isBroken(variant) || !deadlocked);
}

function counted(iterations: number, steps: number): string {
  return `${iterations.toLocaleString('en-US')} iterations, ${steps.toLocaleString('en-US')} steps`;
}
