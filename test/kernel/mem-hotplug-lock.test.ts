import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { getOnlineMems, putOnlineMems } from '../../src/kernel/mem-hotplug-lock.ts';
import { kmemCacheAllocNode, kmemCacheCreate } from '../../src/kernel/slab-caches.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const without = 'bfc8c90139eb';

function* reader(kernel: Kernel): Step {
  yield* getOnlineMems(kernel);
  yield* putOnlineMems(kernel);
}

/** The most readers that are inside at once, in any of the executions. */
function readersInside(parameters: Record<string, string>): number {
  let inside = 0;
  let most = 0;
  function* counted(kernel: Kernel): Step {
    yield* getOnlineMems(kernel);
    most = Math.max(most, ++inside);
    yield* kernel.zonelistBits.load();
    inside--;
    yield* putOnlineMems(kernel);
  }
  const { findings } = raceRun(parameters, { first: counted, second: counted });
  assert.deepEqual(findings, []);
  return most;
}

describe('get_online_mems()', () => {
  for (const release of releases) {
    test(`${release}: readers share the lock, which bfc8c90139eb gave them`, () => {
      assert.deepEqual(soloRun({ release }, reader).locks[0], '+mem_hotplug_lock (r)');
      assert.deepEqual(soloRun({ release, without }, reader).locks[0], '+mem_hotplug_lock');
      assert.equal(readersInside({ release }), 2);
      assert.equal(readersInside({ release, without }), 1);
    });
  }
});

describe('a cache that is created while a node gets its first memory', () => {
  const node1 = { nodes: 2, hotplugNode: 1, slabCaches: 1 };
  const agents = {
    *onliner(kernel: Kernel): Step {
      yield* sysfsWrite(kernel, 'memory32/state', 'online');
    },
    *creator(kernel: Kernel): Step<boolean> {
      const slab = kernel.mm.slab!;
      yield* kmemCacheCreate(kernel, slab, slab.caches[0]!);
      return yield* kmemCacheAllocNode(kernel, slab.caches[0]!, 1);
    },
  };
  const found = (parameters: Record<string, string>): readonly string[] =>
    raceRun({ ...node1, ...parameters }, agents).findings;

  test('v3.19: misses the node without bfc8c90139eb, and not with it', () => {
    const titles = found({ release: 'v3.19', without });
    assert.ok(
      titles.some((title) => title.includes('the cache has no kmem_cache_node')),
      titles.join('\n'),
    );
    assert.deepEqual(found({ release: 'v3.19' }), []);
  });

  test('v6.1: relies on slab_mutex alone, and needs none of it', () => {
    assert.deepEqual(found({ release: 'v6.1', without }), []);
  });
});
