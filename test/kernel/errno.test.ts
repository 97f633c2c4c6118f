import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { lockDeviceHotplugSysfs } from '../../src/kernel/device-hotplug-lock.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'];

/** The results of writes to files, one after the other, as `path=input`. */
function results(release: string, writes: readonly string[]): string[] {
  const run = soloRun({ release }, function* (kernel): Step<string[]> {
    const names: string[] = [];
    for (const write of writes) {
      const [path = '', input = ''] = write.split('=');
      names.push(resultName(yield* sysfsWrite(kernel, path, input)));
    }
    return names;
  });
  return run.result as string[];
}

describe('what a write answers', () => {
  for (const release of releases) {
    test(`${release}: \`state\` refuses the state that it is in, \`online\` does not`, () => {
      const writes = ['state=offline', 'online=0', 'state=online', 'state=online', 'online=1'];
      // v3.19 passes on what device_online() says.
      const already = release === 'v3.19' ? '1' : 'EINVAL';
      assert.deepEqual(
        results(
          release,
          writes.map((write) => `memory32/${write}`),
        ),
        [already, '1', '6', already, '1'],
      );
    });

    test(`${release}: a block comes online and goes offline again by either file`, () => {
      const writes = ['state=online_movable', 'state=offline', 'online=1', 'online=0'];
      assert.deepEqual(
        results(
          release,
          writes.map((write) => `memory32/${write}`),
        ),
        ['14', '7', '1', '1'],
      );
    });

    test(`${release}: files of a block that is not there answer ENODEV, other paths ENOENT`, () => {
      assert.deepEqual(results(release, ['memory33/state=online', 'memory32/size=1']), [
        'ENODEV',
        'ENOENT',
      ]);
    });

    test(`${release}: memory that is there cannot be added again`, () => {
      const again = (kernel: Kernel): Step<number> => addMemory(kernel, memoryBlock(kernel, 32));
      assert.equal(resultName(soloRun({ release }, again).result as number), 'EEXIST');
    });
  }

  test('an unknown word waits for device_hotplug_lock up to v4.20, not later', () => {
    const bogus = (kernel: Kernel): Step<number> => sysfsWrite(kernel, 'memory32/state', 'bogus');
    for (const release of releases) {
      const locked = soloRun({ release }, bogus).locks.includes('+device_hotplug_lock');
      assert.equal(locked, !['v6.1', 'v6.8'].includes(release), release);
    }
  });

  test('a store that finds device_hotplug_lock taken asks for a restart', () => {
    const { result } = soloRun({}, function* (kernel): Step<number> {
      yield* kernel.deviceHotplugLock.acquire();
      const locked = yield* lockDeviceHotplugSysfs(kernel);
      yield* kernel.deviceHotplugLock.release();
      return locked;
    });
    assert.equal(resultName(result as number), 'ERESTARTNOINTR');
  });
});
