import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import {
  kmemCacheAllocNode,
  kmemCacheCreate,
  kmemCacheDestroy,
  kmemCacheShrink,
  memcgDeactivateKmemCaches,
  type SlabCache,
  type SlabCaches,
} from '../../src/kernel/slab-caches.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'] as const;
const node1 = { nodes: 2, hotplugNode: 1, slabCaches: 1 };

const slabOf = (kernel: Kernel): SlabCaches => kernel.mm.slab!;
const cacheOf = (kernel: Kernel): SlabCache => slabOf(kernel).caches[0]!;
const create = (kernel: Kernel): Step => kmemCacheCreate(kernel, slabOf(kernel), cacheOf(kernel));
const destroy = (kernel: Kernel): Step => kmemCacheDestroy(kernel, slabOf(kernel), cacheOf(kernel));
const shrink = (kernel: Kernel): Step => kmemCacheShrink(kernel, cacheOf(kernel));
const write = (input: string) =>
  function* (kernel: Kernel): Step {
    yield* sysfsWrite(kernel, 'memory32/state', input);
  };

/** Locks that an operation on a cache takes, but for the mutex inside of a home-made one. */
function locksOf(release: string, agent: (kernel: Kernel) => Step): string[] {
  const { locks } = soloRun({ release, slabCaches: 1 }, agent);
  const taken = locks.filter((lock) => lock.startsWith('+')).map((lock) => lock.slice(1));
  return taken.filter((lock) => lock !== 'mem_hotplug.lock');
}

describe('an operation on a slab cache', () => {
  const hotplug = ['cpu_hotplug_lock (r)', 'mem_hotplug_lock (r)'];
  const mutex = 'slab_caches.slab_mutex';

  for (const release of releases) {
    const outside = release.startsWith('v6') ? [] : hotplug;
    test(`${release}: takes ${outside[0] ?? 'no hotplug lock'}`, () => {
      assert.deepEqual(locksOf(release, create), [...outside, mutex]);
      assert.deepEqual(locksOf(release, destroy), [...outside, mutex]);
      assert.deepEqual(locksOf(release, shrink), outside);
      const memcg = outside.length === 0 ? [] : [...outside, mutex];
      const offline = (kernel: Kernel): Step => memcgDeactivateKmemCaches(kernel, slabOf(kernel));
      assert.deepEqual(locksOf(release, offline), ['cgroup_mutex', ...memcg]);
    });
  }
});

describe('a cache that is created while a node gets its first memory', () => {
  const agents = {
    onliner: write('online'),
    *creator(kernel: Kernel): Step<boolean> {
      yield* create(kernel);
      return yield* kmemCacheAllocNode(kernel, cacheOf(kernel), 1);
    },
  };

  for (const release of releases) {
    test(`${release}: has a structure for it`, () => {
      assert.deepEqual(raceRun({ ...node1, release }, agents).findings, []);
    });
  }

  test('has none without 03afc0e25f7f', () => {
    const { findings } = raceRun({ ...node1, release: 'v3.19', without: '03afc0e25f7f' }, agents);
    assert.ok(
      findings.some((title) => title.includes('the cache has no kmem_cache_node')),
      findings.join('\n'),
    );
  });
});

describe('a cache that is shrunk while a node loses its last memory', () => {
  const parameters = { ...node1, blocksPresent: 1 };
  const agents = {
    *offliner(kernel: Kernel): Step {
      yield* create(kernel);
      yield* write('online')(kernel);
      yield* write('offline')(kernel);
      yield* write('online')(kernel);
    },
    shrink,
  };

  for (const release of releases) {
    test(`${release}: uses no structure that is freed`, () => {
      assert.deepEqual(raceRun({ ...parameters, release }, agents).findings, []);
    });
  }

  test('does, with the locks gone and without 666716fd267d', () => {
    const { findings } = raceRun({ ...parameters, without: '666716fd267d' }, agents);
    assert.ok(
      // The memory goes, unordered with the use of it.
      findings.some((title) => title.includes('cache0.node1.nr_partial')),
      findings.join('\n'),
    );
    const locked = { ...parameters, without: '666716fd267d,7e1fa93deff4' };
    assert.deepEqual(raceRun(locked, agents).findings, []);
  });
});

describe('a cache that is destroyed', () => {
  test('leaves no structure behind, and none is made for it later', () => {
    for (const release of releases) {
      const run = soloRun({ ...node1, release }, function* (kernel) {
        yield* create(kernel);
        yield* destroy(kernel);
        yield* write('online')(kernel);
      });
      assert.deepEqual(run.findings, [], release);
      assert.ok(cacheOf(run.kernel).nodes.every(({ pointer }) => pointer.peek() === 0));
    }
  });
});
