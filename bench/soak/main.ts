/**
 * `npm run soak`: ten minutes, half of them for the load of `hotplug-load` on free threads, over
 * all variants (those that have bugs end as soon as they have shown them, the others share the
 * time), half for `torture` over all locks. `--seconds N` is for another time (3600 for an hour),
 * `--variant NAME` and `--lock NAME`, which may be given again, for some of them. Memory is told
 * every minute. Exit status 1 where a variant shows anything but what it declares, or a lock fails;
 * 2 for options that are wrong.
 */
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { UserError } from '../../src/program/errors.ts';
import { liveHeapText } from './memory.ts';
import { soakOptions } from './options.ts';
import { soakTorture, soundLocks } from './soak-torture.ts';
import { isBroken, loadUrl, soakVariant } from './soak-variant.ts';

/** Seconds that a variant with bugs has to show them, at the most. */
const brokenSecondsMax = 20;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function soak(args: readonly string[]): Promise<number> {
  const { variants: known } = await loadScenario(loadUrl);
  const { seconds, variants, locks } = soakOptions(args, Object.keys(known), soundLocks);
  const broken = variants.filter((name) => isBroken(known[name]!));
  const clean = variants.filter((name) => !isBroken(known[name]!));
  const parts = variants.length + locks.length;
  // Without an own choice, both have half of the time.
  const forLocks = variants.length === 0 ? seconds : locks.length === 0 ? 0 : seconds / 2;
  if (variants.length > 0) {
    say(`hotplug-load on free threads, ${seconds - forLocks} s over ${variants.join(', ')}`);
  }
  if (locks.length > 0) say(`torture, ${forLocks} s over ${locks.join(', ')}`);
  let good = await soakLocks(locks, forLocks / locks.length);
  let left = seconds - forLocks;
  for (const [at, name] of [...broken, ...clean].entries()) {
    const share = left / (variants.length - at);
    const given = broken.includes(name) ? Math.min(share, brokenSecondsMax) : share;
    const before = performance.now();
    if (await soakVariant(name, given, say)) good++;
    say(`  left behind: ${liveHeapText()}`);
    // A run ends with an iteration, and so may be late; there is always something for the last.
    left = Math.max(left - (performance.now() - before) / 1000, seconds / variants.length / 10);
  }
  const what = locks.length === 0 ? 'variants' : 'variants and locks';
  say(`${good} of ${parts} ${what} as expected`);
  return good === parts ? 0 : 1;
}

async function soakLocks(locks: readonly string[], secondsEach: number): Promise<number> {
  let good = 0;
  for (const name of locks) {
    if (await soakTorture(name, secondsEach, say)) good++;
    say(`  left behind: ${liveHeapText()}`);
  }
  return good;
}

try {
  process.exitCode = await soak(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`soak: ${error.message}\n`);
  process.exitCode = 2;
}
