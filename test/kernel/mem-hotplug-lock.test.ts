import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { deviceOnline } from '../../src/kernel/device-online.ts';
import {
  getOnlineMems,
  memHotplugBegin,
  memHotplugDone,
  putOnlineMems,
} from '../../src/kernel/mem-hotplug-lock.ts';
import { memremapPages } from '../../src/kernel/memremap-pages.ts';
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
      const taken = soloRun({ release }, reader).locks.filter((lock) => lock.includes('_lock'));
      assert.deepEqual(taken[0], '+mem_hotplug_lock (r)');
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

describe('the home-made mem_hotplug_lock, v3.16 to v4.12', () => {
  const writers = '3f906ba23689,55adc1d05dca,b5d24fda9c3d,3fc21924100b';
  function* changes(kernel: Kernel): Step {
    yield* memHotplugBegin(kernel);
    try {
      yield* kernel.directMap.write((yield* kernel.directMap.read()) + 1);
    } finally {
      yield* memHotplugDone(kernel);
    }
  }
  function* reads(kernel: Kernel): Step {
    yield* getOnlineMems(kernel);
    try {
      yield* kernel.directMap.read();
    } finally {
      yield* putOnlineMems(kernel);
    }
  }
  const machine = { release: 'v4.18', deviceRanges: 1 };
  const found = (without: string): readonly string[] =>
    raceRun({ ...machine, without }, { one: changes, two: changes, reader: reads }).findings;

  test('loses the wake-up of one of two writers without 55adc1d05dca', () => {
    const titles = found(writers);
    assert.ok(titles.length > 0);
    for (const title of titles) assert.match(title, /^deadlock: waiting for .*never comes .*woken/);
  });

  test('keeps writers and readers apart with it, and so does the percpu rwsem', () => {
    assert.deepEqual(found('3f906ba23689'), []);
    assert.deepEqual(found(''), []);
  });

  test('is right where there is one writer, and readers recurse', () => {
    function* recurses(kernel: Kernel): Step {
      yield* getOnlineMems(kernel);
      yield* reads(kernel);
      yield* putOnlineMems(kernel);
    }
    const agents = { one: changes, reader: reads, other: recurses };
    assert.deepEqual(raceRun({ ...machine, without: writers }, agents).findings, []);
    assert.deepEqual(raceRun({ release: 'v3.19' }, agents).findings, []);
  });

  test('lets its writer read, as long as no other writer has come', () => {
    function* both(kernel: Kernel): Step {
      yield* memHotplugBegin(kernel);
      yield* reads(kernel);
      yield* memHotplugDone(kernel);
    }
    const alone = soloRun({ release: 'v3.19' }, both);
    assert.deepEqual(alone.findings, []);
    assert.equal(alone.kernel.warnings.peek(), 0);
    const titles = raceRun({ ...machine, without: writers }, { one: both, two: changes }).findings;
    assert.match(titles.join('\n'), /mem_hotplug.lock, which it holds itself/);
    const fixed = { ...machine, without: '3f906ba23689' };
    assert.deepEqual(raceRun(fixed, { one: both, two: changes }).findings, []);
  });

  test('wants device_hotplug_lock with 3fc21924100b; memremap takes it with b5d24fda9c3d', () => {
    const locksOf = (without: string) =>
      soloRun({ ...machine, without }, (kernel) => memremapPages(kernel, kernel.deviceMemory[0]!));
    const early = locksOf('3f906ba23689,55adc1d05dca');
    assert.equal(early.locks[0], '+device_hotplug_lock');
    assert.deepEqual(early.findings, []);
    const asserts = locksOf('3f906ba23689,55adc1d05dca,b5d24fda9c3d');
    assert.match(asserts.findings.join('\n'), /device_hotplug_lock/);
    assert.equal(asserts.locks[0], '+mem_hotplug.lock');
    const neither = locksOf(writers);
    assert.deepEqual(neither.findings, []);
    assert.equal(neither.locks[0], '+mem_hotplug.lock');
    const later = locksOf('3f906ba23689');
    assert.equal(later.locks[0], '+memory_add_remove_lock');
    assert.deepEqual(later.findings, []);
  });
});

describe('a kernel without hibernation', () => {
  const online = (number: number) =>
    function* (kernel: Kernel): Step {
      yield* deviceOnline(kernel, memoryBlock(kernel, number));
    };
  const findings = (without: string): readonly string[] => {
    const parameters = { release: 'v3.19', without, blocksPresent: 2 };
    return raceRun(parameters, { one: online(32), two: online(33) }).findings;
  };

  test('has no lock of memory hotplug before 20d6c96b5f1c, and one with it', () => {
    // Nothing asserts what is not there; what it keeps apart is found.
    const found = findings('bfc8c90139eb,20d6c96b5f1c,4eaf3f64397c');
    assert.ok(
      found.every((title) => !title.includes('is not held')),
      found.join(),
    );
    assert.ok(
      found.some((title) => title.includes('present_pages')),
      found.join(),
    );
    assert.deepEqual(findings('bfc8c90139eb,4eaf3f64397c'), []);
    assert.deepEqual(findings('bfc8c90139eb,20d6c96b5f1c'), [], 'zonelists_mutex is enough here');
    const none = { release: 'v3.19', without: 'bfc8c90139eb,20d6c96b5f1c' };
    assert.deepEqual(soloRun(none, reader).locks, []);
  });
});
