/**
 * `npm run soak`: the load of `hotplug-load` on free threads, 10 minutes over all variants that
 * must be clean, with a line on iterations and memory every minute. `npm run soak -- --seconds N`
 * for another time. Exit status 1 if anything is found that the scenario does not declare.
 */
import { parseArgs } from 'node:util';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { judge } from '../../src/schedule/expectation.ts';
import { runThreads } from '../../src/schedule/run-threads.ts';

const secondsDefault = 600;
const lineEveryMs = 60_000;
const megabyte = 1024 * 1024;

const url = new URL('../../scenarios/hotplug-load.ts', import.meta.url).href;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function memoryText(): string {
  const { rss, heapUsed } = process.memoryUsage();
  return `${Math.round(rss / megabyte)} MB resident, ${Math.round(heapUsed / megabyte)} MB heap`;
}

function secondsGiven(): number {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
  const seconds = Number(values.seconds ?? secondsDefault);
  if (seconds > 0 && seconds <= 86_400) return seconds;
  throw new RangeError('`--seconds` is a number of seconds, above 0 and up to 86400');
}

/** Runs one variant; whether it showed nothing but what it declares. */
async function soak(variant: string, seconds: number): Promise<boolean> {
  const scenario = await loadScenario(url);
  const form = variant === 'large' ? 'large' : 'small';
  let nextMs = lineEveryMs;
  const { outcome, findings } = await runThreads(
    scenario,
    url,
    { variant, form },
    {
      seconds,
      seed: 1,
      minimise: false,
      onProgress: ({ iterations, elapsedMs }) => {
        if (elapsedMs < nextMs) return;
        nextMs += lineEveryMs;
        const elapsed = Math.round(elapsedMs / 1000);
        say(`  ${variant}: ${iterations} iterations in ${elapsed} s; ${memoryText()}`);
      },
    },
  );
  const { counts, deadlocked } = outcome;
  const { unexpected } = judge(scenario.variants[variant]!, findings);
  const { iterations, unlogged, steps, elapsedMs } = counts;
  say(
    `${variant}, ${form}: ${iterations} iterations (${unlogged} too long to check), ` +
      `${steps} steps in ${Math.round(elapsedMs / 1000)} s; ` +
      `${findings.length} findings, ${unexpected.length} unexpected; ${memoryText()}`,
  );
  for (const { finding } of unexpected) say(`  unexpected: ${finding.title}`);
  return !deadlocked && unexpected.length === 0;
}

const seconds = secondsGiven();
const { variants } = await loadScenario(url);
const clean = Object.entries(variants).flatMap(([name, { shows }]) =>
  shows === undefined || shows.length === 0 ? [name] : [],
);
say(`hotplug-load on free threads, ${seconds} s over ${clean.join(', ')}`);
for (const variant of clean) {
  if (!(await soak(variant, seconds / clean.length))) process.exitCode = 1;
}
