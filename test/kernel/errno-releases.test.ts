import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resultName } from '../../src/kernel/errno.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { soloRun } from './solo-run.ts';

// What one write answers where releases do not agree, for the reasons that are in strtobool()
// and kstrtobool(), request_resource() and mhp_range_allowed(), and the store of `state` before
// "memory-hotplug: fix store_mem_state() return value" (Reza Arbab, 2016).
const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;

const answers: Readonly<Record<string, readonly string[]>> = {
  'memory32/state=offline': ['1', 'EINVAL', 'EINVAL', 'EINVAL', 'EINVAL'],
  'memory32/online=no': ['2', '2', '2', '2', '2'],
  'memory32/online=off': ['EINVAL', '3', '3', '3', '3'],
  'memory32/online=false': ['EINVAL', 'EINVAL', 'EINVAL', '5', '5'],
  'memory32/online=true': ['EINVAL', 'EINVAL', 'EINVAL', '4', '4'],
  'probe=0x400000000000': ['EEXIST', 'EEXIST', 'EEXIST', 'E2BIG', 'E2BIG'],
};

describe('a write that releases answer differently', () => {
  for (const [write, expected] of Object.entries(answers)) {
    test(write, () => {
      const [path = '', text = ''] = write.split('=');
      const found = releases.map((release) => {
        const { result } = soloRun({ release }, (kernel) => sysfsWrite(kernel, path, text));
        return resultName(result as number);
      });
      assert.deepEqual(found, expected);
    });
  }
});
