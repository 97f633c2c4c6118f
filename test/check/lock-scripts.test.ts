import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analysed } from './analysed.ts';
import { canDeadlock, deadlocks, randomScripts, traceOfScripts } from './lock-scripts.ts';

/** How many scripts are tried; `HEDDLE_SCRIPTS=3000` for more. */
const count = Number(process.env['HEDDLE_SCRIPTS'] ?? 100);

test('a search of all orders finds known deadlocks, and none where there is none', () => {
  const steps = (text: string): { take: boolean; lock: number; mode: number }[] =>
    text.split(' ').map((step) => ({
      take: step.startsWith('+'),
      lock: 'ABCD'.indexOf(step[1]!),
      mode: ['', 'r', 'R'].indexOf(step.slice(2)),
    }));
  assert.equal(deadlocks([steps('+A +B -B -A'), steps('+B +A -A -B')]), true);
  assert.equal(deadlocks([steps('+A +B -B -A'), steps('+A +B -B -A')]), false);
  // A reader that queues deadlocks with itself where a writer comes; one that overtakes does not.
  assert.equal(deadlocks([steps('+Ar +Ar -A -A'), steps('+A -A')]), true);
  assert.equal(deadlocks([steps('+AR +AR -A -A'), steps('+A -A')]), false);
  assert.equal(deadlocks([steps('+C +A +B -B -A -C'), steps('+C +B +A -A -B -C')]), false);
});

test(`${count} random lock scripts: reported without a guard if a deadlock can be reached`, () => {
  const wrong: string[] = [];
  const met = new Map<string, number>();
  for (let seed = 0; seed < count; seed++) {
    const scripts = randomScripts(seed);
    const can = canDeadlock(scripts);
    const { findings } = analysed(traceOfScripts(scripts));
    const levels = new Set(findings.map(({ finding }) => finding.level));
    const open = findings.some(({ finding }) => finding.level !== 'guarded');
    const sure = levels.has('predicted') || levels.has('happened');
    if ((can === true && !open) || (can === false && sure)) {
      wrong.push(`seed ${seed}: can deadlock: ${can}; found ${[...levels].join()}`);
    }
    if (levels.has('predicted') && deadlocks(scripts.scripts) === false) {
      wrong.push(`seed ${seed}: predicted, but the scripts alone have no deadlock`);
    }
    const what = `${can} ${findings.length > 0}`;
    met.set(what, (met.get(what) ?? 0) + 1);
  }
  assert.deepEqual(wrong, []);
  // Both sides were tried.
  assert.ok((met.get('true true') ?? 0) > count / 6 && (met.get('false false') ?? 0) > count / 6);
});
