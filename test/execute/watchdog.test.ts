import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { instantiate } from '../../src/execute/program.ts';
import { runFree, type FreeOutcome } from '../../src/execute/threads/free-run.ts';
import { Kind } from '../../src/program/kinds.ts';
import type { Scenario } from '../../src/program/index.ts';
import { launch, scratchFolder } from '../cli/command.ts';
import { projectRoot } from '../tidy/tree.ts';
import { alive, expectAlive } from './alive.ts';
import partial from './scenarios/partial.ts';

const url = new URL('scenarios/partial.ts', import.meta.url).href;

interface Seen {
  readonly outcome: FreeOutcome;
  readonly titles: readonly string[];
  readonly names: readonly string[];
}

/** Runs until the watchdog ends it; half a minute at the most. */
async function watched(form: string): Promise<Seen> {
  const before = alive();
  const program = instantiate(partial as Scenario, { variant: 'default', form });
  const titles: string[] = [];
  const outcome = await runFree(program, {
    scenario: url,
    seconds: 30,
    seed: 1,
    onFindings: (findings) => titles.push(...findings.map(({ title }) => title)),
  });
  await expectAlive(before);
  return { outcome, titles, names: program.subject.agentNames };
}

describe('the watchdog', () => {
  test('ends a run at a cycle of locks though another agent goes on', async () => {
    const { outcome, titles, names } = await watched('locks');
    assert.equal(outcome.deadlocked, true);
    assert.ok(titles.includes('deadlock: backwards and forwards wait for each other'));
    const waits = outcome.waits.map(({ agent, blockers }) => [names[agent], blockers]);
    assert.deepEqual(waits, [
      ['forwards', 2],
      ['backwards', 1],
    ]);
    for (const { waitedMs } of outcome.waits) assert.ok(waitedMs > 0 && waitedMs < 30_000);
  });

  test('sees a cycle through a queued writer', async () => {
    const { outcome, titles } = await watched('readers');
    assert.equal(outcome.deadlocked, true);
    assert.ok(
      titles.some((title) => title.startsWith('deadlock: reader and writer wait for each other')),
    );
    const kinds = outcome.waits.map(({ kind }) => kind);
    assert.deepEqual(kinds, [Kind.readAcquire, Kind.writeGrant]);
  });

  test('sees who waits for one who must come first', async () => {
    const { outcome, titles } = await watched('join');
    assert.equal(outcome.deadlocked, true);
    assert.ok(
      titles.some((title) => title.startsWith('deadlock: waiting for')),
      titles.join(),
    );
  });

  test('has the command end by itself with status 1, and says who waits since when', async () => {
    const out = join(scratchFolder(), 'out');
    const file = join(projectRoot, 'test', 'execute', 'scenarios', 'partial.ts');
    const args = ['run', file, '--form', 'locks', '--seconds', '30', '--out', out];
    const { status, out: said, err } = await launch(args).ended;
    assert.equal(err, '');
    assert.equal(status, 1);
    assert.match(
      said,
      /forwards waits for other \(acquire\), for which backwards must go on, since/,
    );
    // Both stacks.
    assert.match(said, /forwards +waits for other, at .*partial\.ts:\d+ in .*forwards/);
    assert.match(said, /backwards +waits for lock, at .*partial\.ts:\d+ in .*backwards/);
    assert.match(said, /holding lock, taken at .*partial\.ts:\d+|lock.*taken/);
  });
});
