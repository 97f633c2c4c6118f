import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { State } from '../../src/kernel/memory-state.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const without = 'fa2be40fe7c0';
const write = (path: string, input: string) =>
  function* (kernel: Kernel): Step<string> {
    return resultName(yield* sysfsWrite(kernel, path, input));
  };

describe('a release without fa2be40fe7c0', () => {
  for (const release of releases) {
    test(`${release}: \`state\` and \`online\` do what they did, one after the other`, () => {
      const run = soloRun({ release, without }, function* (kernel): Step<unknown[]> {
        const block = memoryBlock(kernel, 32);
        const seen: unknown[] = [];
        for (const [file, input] of [
          ['state', 'online'],
          ['state', 'online'],
          ['online', '0'],
          ['state', 'offline'],
          ['state', 'nonsense'],
          ['online', '1'],
          ['state', 'offline'],
        ] as const) {
          seen.push(yield* write(`memory32/${file}`, input)(kernel));
          const offline = block.state.peek() === State.offline;
          assert.equal(block.offline.peek() === 1, offline, `${file} ${input}`);
        }
        return seen;
      });
      assert.deepEqual(run.result, ['6', 'EINVAL', '1', 'EINVAL', 'EINVAL', '1', '7']);
      // v4.18 takes mem_hotplug_lock for `state` only.
      const others = faults(run).filter((title) => !title.includes('mem_hotplug_lock'));
      assert.deepEqual(others, []);
    });

    test(`${release}: keeps to the guards of its data, but for dev->offline`, () => {
      const online = soloRun({ release, without, guards: true }, write('memory32/online', '1'));
      assert.deepEqual(
        faults(online).filter((title) => !title.includes('mem_hotplug')),
        [],
      );
      const state = soloRun({ release, without, guards: true }, write('memory32/state', 'online'));
      assert.ok(faults(state).some((title) => title.includes('memory32.offline')));
    });
  }

  test('takes state_mutex: in place of device_lock by `state`, under it by `online`', () => {
    const taken = (file: string, input: string): string[] =>
      soloRun({ release: 'v3.19', without }, write(`memory32/${file}`, input))
        .locks.filter((lock) => /^\+.*(_lock|_mutex|\.lock)$/.test(lock))
        .map((lock) => lock.slice(1));
    const hotplug = ['memory32.state_mutex', 'mem_hotplug.lock', 'mem_hotplug_lock'];
    assert.deepEqual(taken('state', 'online'), ['device_hotplug_lock', ...hotplug]);
    const below = ['memory32.device_lock', ...hotplug];
    assert.deepEqual(taken('online', '1'), ['device_hotplug_lock', ...below]);
  });

  test('lets dev->offline and mem->state disagree, unless device_hotplug_lock hides it', () => {
    const agents = { one: write('memory32/state', 'online'), two: write('memory32/online', '0') };
    const parameters = { release: 'v3.19', blocksMax: 1, blocksOnline: 1 };
    const found = (left: string): readonly string[] =>
      raceRun({ ...parameters, without: left }, agents).findings;
    assert.match(found(`${without},4f3549d72d1b`).join('\n'), /data race on memory32.offline/);
    assert.deepEqual(found(without), []);
    assert.deepEqual(found('4f3549d72d1b'), []);
  });
});
