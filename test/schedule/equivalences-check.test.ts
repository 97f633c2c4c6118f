import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { checkThreads } from '../../src/schedule/check-threads.ts';
import { equivalences } from '../../src/schedule/strategies/registry.ts';
import { outcomes } from '../prove/lock-module.ts';

let threads: CheckThreadPool;
before(async () => {
  threads = await CheckThreadPool.open(3);
});
after(async () => {
  await threads.close();
});

const lockModule = new URL('../prove/lock-module.ts', import.meta.url);

interface Run {
  readonly executions: number;
  readonly abandoned: number;
  readonly outcomes: readonly string[];
  readonly stuck: boolean;
}

/** By each of the equivalences, from the finest to the coarsest. */
async function explored(
  file: URL,
  parameters: Record<string, string | number> = {},
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const equivalence of equivalences) {
    const { complete, counts, findings } = await checkThreads(file, {
      threads,
      parameters,
      minimise: false,
      equivalence,
    });
    assert.ok(complete);
    runs.push({
      executions: counts.executions - counts.abandoned,
      abandoned: counts.abandoned,
      outcomes: [...outcomes].sort(),
      stuck: findings.some(({ finding }) => finding.kind === 'deadlock'),
    });
  }
  return runs;
}

function alike(runs: readonly Run[]): void {
  const [traces, observers, readsFrom] = runs as [Run, Run, Run];
  for (const run of [observers, readsFrom]) {
    assert.deepEqual(run.outcomes, traces.outcomes);
    assert.equal(run.stuck, traces.stuck);
    assert.equal(run.abandoned, 0);
  }
  assert.ok(observers.executions <= traces.executions);
  assert.ok(readsFrom.executions <= observers.executions);
}

describe('code that uses Atomics is explored alike by all equivalences', () => {
  // A word that is waited on is read by more than a word's operations, as is one of a spin.
  const programs = [
    ['Mutex', 'lock | lock', 1],
    ['Mutex', 'for | lock', 0],
    ['Semaphore(1)', 'lock | try', 0],
    ['RwLock', 'read | write', 0],
    ['Condition', 'await | one', 0],
    ['Barrier', 'wait | wait', 1],
    ['Once', 'call | call', 1],
    ['SeqLock', 'write | read', 0],
  ] as const;
  for (const [lock, program, spins] of programs) {
    test(`${lock}: ${program}`, async () => {
      const runs = await explored(lockModule, { lock, program, spins });
      assert.ok(runs[0]!.outcomes.length > 0);
      alike(runs);
    });
  }

  for (const name of ['spinning', 'polling', 'published', 'channel', 'bytes', 'lost-wake-up']) {
    test(`${name}: retry loops, time-outs, ports and parts of words`, async () => {
      const runs = await explored(
        new URL(`../execute/atomics/programs/${name}.js`, import.meta.url),
      );
      alike(runs);
    });
  }

  test('a word that nobody waits on is compared by what is read of it', async () => {
    const file = new URL('../execute/atomics/programs/late-reader.js', import.meta.url);
    const executions = (await explored(file)).map((run) => run.executions);
    // Of the word 3! orders, or what the reader has before it and which of that is last (5), or
    // whom it reads (3); each with the futex missed or not.
    assert.deepEqual(executions, [12, 10, 6]);
  });
});
