import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { instantiate } from '../../src/execute/program.ts';
import { AgentAt, agentLine, makeControl } from '../../src/execute/threads/control.ts';
import { runFree, type FreeOutcome } from '../../src/execute/threads/free-run.ts';
import { Watchdog } from '../../src/execute/threads/watchdog.ts';
import { Kind } from '../../src/program/kinds.ts';
import { RefAt } from '../../src/program/layout.ts';
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

describe('what the watchdog reads while threads go on', () => {
  /** An agent that waits now for a mutex and now for a completion, as fast as it can. */
  const restless = `
    const { control, kind, object, operations, waits } = require('node:worker_threads').workerData;
    for (let round = 0; ; round++) {
      const [nextKind, nextObject] = waits[round % 2];
      Atomics.store(control, object, nextObject);
      Atomics.store(control, kind, nextKind);
      Atomics.store(control, kind, 0);
      Atomics.add(control, operations, 1);
    }`;

  test('is never one wait’s kind with another’s object', async () => {
    const memory = new Int32Array(new SharedArrayBuffer(256));
    // As a mutex, the completion would have an owner that no agent is.
    const mutex = 8;
    const completion = 16;
    memory.fill(30, completion, completion + 8);
    const control = makeControl();
    const line = agentLine(0);
    const worker = new Worker(restless, {
      eval: true,
      workerData: {
        control,
        kind: line + AgentAt.waitKind,
        object: line + AgentAt.waitObject,
        operations: line + AgentAt.operations,
        waits: [
          [Kind.acquire, mutex],
          [Kind.await, completion],
        ],
      },
    });
    try {
      await once(worker, 'online');
      const watchdog = new Watchdog(memory, control, 2);
      watchdog.begin();
      let blockers = 0;
      for (let look = 0; look < 300_000; look++) {
        watchdog.look();
        for (const wait of watchdog.waits()) blockers |= wait.blockers;
      }
      assert.equal(blockers, 0);
    } finally {
      await worker.terminate();
    }
  });

  test('names agents only, though the last reference goes while it looks who has one', () => {
    const memory = new Int32Array(new SharedArrayBuffer(512));
    const reference = 8;
    memory[reference + RefAt.count] = 1;
    // What lies behind its two agents' counts is another object's.
    memory.fill(1, reference + RefAt.first + 2, reference + RefAt.first + 31);
    const control = makeControl();
    const line = agentLine(1);
    Atomics.store(control, line + AgentAt.waitObject, reference);
    Atomics.store(control, line + AgentAt.waitKind, Kind.drain);
    const watchdog = new Watchdog(memory, control, 2);
    watchdog.begin();
    assert.equal(watchdog.look(), false);
    assert.deepEqual(
      watchdog.waits().map(({ agent, blockers }) => [agent, blockers]),
      [[1, 0]],
    );
  });
});
