import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { kswapdIsRunning } from '../../src/kernel/kswapd.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const node1 = { nodes: 2, hotplugNode: 1, blocksPresent: 1, blocksOnline: 1 };
const agents = {
  *offliner(kernel: Kernel): Step {
    yield* sysfsWrite(kernel, 'memory32/state', 'offline');
  },
  reader: (kernel: Kernel) => kswapdIsRunning(kernel, kernel.pgdats[1]!),
};

describe('kswapd of a node that loses its last memory', () => {
  for (const release of ['v6.1', 'v6.8']) {
    test(`${release}: is looked at under kswapd_lock; without b4a0215e11dc when it is gone`, () => {
      assert.deepEqual(raceRun({ ...node1, release }, agents).findings, []);
      const { findings } = raceRun({ ...node1, release, without: 'b4a0215e11dc' }, agents);
      assert.ok(
        findings.includes('NULL pointer dereference in kswapd_is_running()'),
        findings.join('\n'),
      );
      assert.ok(findings.some((title) => title.includes('node1.kswapd_task.state')));
      assert.ok(
        findings.some((title) => title.startsWith('data race') && title.includes('kswapd')),
      );
    });
  }

  test('is a stale pointer without d8adde17e5f8, and no other is started', () => {
    const twice = function* (kernel: Kernel): Step<boolean> {
      yield* sysfsWrite(kernel, 'memory32/state', 'offline');
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
      return yield* kswapdIsRunning(kernel, kernel.pgdats[1]!);
    };
    const fixed = soloRun({ ...node1, release: 'v4.20' }, twice);
    assert.deepEqual(fixed.findings, []);
    const broken = soloRun({ ...node1, release: 'v4.20', without: 'd8adde17e5f8' }, twice);
    assert.deepEqual(broken.findings, ['use of node1.kswapd_task.state after its removal']);
  });
});
