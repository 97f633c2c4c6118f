/**
 * `npm run soak`: the load of `hotplug-load` on free threads, ten minutes over all variants: those
 * that have bugs end as soon as they have shown them, the others share the time. `--seconds N` is
 * for another time, `--variant NAME`, which may be given again, for some of them. Exit status 1
 * where a variant shows anything but what it declares, 2 for options that are wrong.
 */
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { UserError } from '../../src/program/errors.ts';
import { liveHeapText } from './memory.ts';
import { soakOptions } from './options.ts';
import { isBroken, loadUrl, soakVariant } from './soak-variant.ts';

/** Seconds that a variant with bugs has to show them, at the most. */
const brokenSecondsMax = 20;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function soak(args: readonly string[]): Promise<number> {
  const { variants: known } = await loadScenario(loadUrl);
  const { seconds, variants } = soakOptions(args, Object.keys(known));
  const broken = variants.filter((name) => isBroken(known[name]!));
  const clean = variants.filter((name) => !isBroken(known[name]!));
  say(`hotplug-load on free threads, ${seconds} s over ${variants.join(', ')}`);
  let good = 0;
  let left = seconds;
  for (const [at, name] of [...broken, ...clean].entries()) {
    const share = left / (variants.length - at);
    const given = broken.includes(name) ? Math.min(share, brokenSecondsMax) : share;
    const before = performance.now();
    if (await soakVariant(name, given, say)) good++;
    say(`  left behind: ${liveHeapText()}`);
    // A run ends with an iteration, and so may be late; there is always something for the last.
    left = Math.max(left - (performance.now() - before) / 1000, seconds / variants.length / 10);
  }
  say(`${good} of ${variants.length} variants as expected`);
  return good === variants.length ? 0 : 1;
}

try {
  process.exitCode = await soak(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`soak: ${error.message}\n`);
  process.exitCode = 2;
}
