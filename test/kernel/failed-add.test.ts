import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { cpuUp } from '../../src/kernel/cpu-up.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const isNew = (release: string): boolean => release === 'v6.1' || release === 'v6.8';
const machine = { blocksMax: 4, nodes: 2, hotplugNode: 1, blocksPresent: 0 };
const three = (kernel: Kernel) => [33, 34, 35].map((number) => memoryBlock(kernel, number));
const words = (kernel: Kernel, word: 'onBus' | 'resource' | 'presentSections'): number[] =>
  three(kernel).map((block) => block[word].peek());

function* add(kernel: Kernel): Step<string> {
  return resultName(yield* addMemory(kernel, three(kernel)));
}

describe('add_memory() where the second of three blocks gets no device', () => {
  for (const release of releases) {
    const keeps = isNew(release) ? 'nothing' : 'the first one, and struct pages of the second';
    test(`${release}: is ENOMEM, and leaves ${keeps}`, () => {
      const run = soloRun({ ...machine, release, failingBlock: 34 }, add);
      assert.equal(run.result, 'ENOMEM');
      assert.deepEqual(words(run.kernel, 'resource'), [0, 0, 0]);
      assert.deepEqual(words(run.kernel, 'onBus'), isNew(release) ? [0, 0, 0] : [1, 0, 0]);
      assert.deepEqual(
        words(run.kernel, 'presentSections'),
        isNew(release) ? [0, 0, 0] : [1, 1, 0],
      );
      assert.equal(run.kernel.pgdats[1]!.online.peek(), 0);
      assert.deepEqual(faults(run), []);
    });
  }

  for (const release of ['v3.19', 'v4.18', 'v4.20']) {
    test(`${release}: added again it is taken for added, without that device`, () => {
      const run = soloRun({ ...machine, release, failingBlock: 34 }, function* (kernel) {
        const results = [yield* add(kernel), yield* add(kernel)];
        for (const number of [33, 34, 35]) {
          const written = yield* sysfsWrite(kernel, `memory${number}/state`, 'online');
          results.push(resultName(written));
        }
        return results;
      });
      const written = ['6', 'ENODEV', '6'];
      assert.deepEqual(run.result, ['ENOMEM', '0', ...written]);
      assert.deepEqual(words(run.kernel, 'resource'), [1, 1, 1]);
      assert.equal(run.kernel.pgdats[1]!.online.peek(), 1);
    });

    test(`${release}: to remove that again is a NULL pointer`, () => {
      const run = soloRun({ ...machine, release, failingBlock: 34 }, function* (kernel): Step {
        yield* add(kernel);
        yield* removeMemory(kernel, three(kernel));
      });
      assert.match(faults(run).join('\n'), /removed that has no block device/);
    });
  }

  test('v3.19 releases the resource under mem_hotplug_lock, v4.18 after', () => {
    const order = (release: string): readonly string[] => {
      const seen: string[] = [];
      soloRun({ ...machine, release, failingBlock: 34 }, add, undefined, (event) => {
        if (/^(mem_hotplug_lock|resource_lock)$/.test(event.lockClass)) seen.push(event.lockClass);
      });
      return seen.filter((name, index) => name !== seen[index - 1]);
    };
    const [resource, hotplug] = ['resource_lock', 'mem_hotplug_lock'];
    assert.deepEqual(order('v3.19'), [resource, hotplug, resource, hotplug]);
    assert.deepEqual(order('v4.18'), [resource, hotplug, resource]);
  });
});

describe('what else can fail when memory or a CPU is added', () => {
  for (const release of releases) {
    test(`${release}: no data for the node: ENOMEM, and nothing is left`, () => {
      const run = soloRun({ ...machine, release, failingAdd: 'pgdat' }, add);
      assert.equal(run.result, 'ENOMEM');
      for (const word of ['onBus', 'resource', 'presentSections'] as const) {
        assert.deepEqual(words(run.kernel, word), [0, 0, 0]);
      }
      assert.equal(run.kernel.pgdats[1]!.online.peek(), 0);
      const there = soloRun({ release, failingAdd: 'pgdat' }, (kernel) =>
        addMemory(kernel, memoryBlock(kernel, 33)),
      );
      assert.equal(there.result, 0, 'a node that is online needs none');
    });

    test(`${release}: no data for a CPU's node: ENOMEM`, () => {
      const cpus = { cpus: 1, cpusPresent: 0, cpuNodes: '1' };
      const up = function* (kernel: Kernel): Step<string> {
        return resultName(yield* cpuUp(kernel, kernel.cpus[0]));
      };
      const run = soloRun({ release, nodes: 2, ...cpus, failingAdd: 'pgdat' }, up);
      assert.equal(run.result, 'ENOMEM');
      assert.equal(run.kernel.pgdats[1]!.online.peek(), 0);
      const bug = soloRun({ release, nodes: 2, ...cpus, failingAdd: 'node-device' }, up);
      assert.match(faults(bug).join('\n'), /kernel BUG: the device of a node/);
    });

    test(`${release}: no device for the node: a BUG`, () => {
      const run = soloRun({ ...machine, release, failingAdd: 'node-device' }, add);
      assert.match(faults(run).join('\n'), /kernel BUG: the device of a node/);
    });
  }

  test('no link from a block to its node: ENOMEM in v3.19, a BUG, and nothing from v6.1 on', () => {
    const run = (release: string) => soloRun({ ...machine, release, failingAdd: 'node-link' }, add);
    assert.equal(run('v3.19').result, 'ENOMEM');
    assert.deepEqual(words(run('v3.19').kernel, 'onBus'), [1, 0, 0]);
    for (const release of ['v4.18', 'v4.20']) {
      assert.match(faults(run(release)).join('\n'), /kernel BUG: .* cannot be linked/);
    }
    for (const release of ['v6.1', 'v6.8']) {
      assert.equal(run(release).result, '0');
      assert.deepEqual(faults(run(release)), []);
    }
  });
});
