import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { acpiDeviceEject, acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { acpiProcessorEject, acpiProcessorHotplug } from '../../src/kernel/acpi-processor.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { cpuUp } from '../../src/kernel/cpu-up.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { removeMemory } from '../../src/kernel/remove-memory.ts';
import { sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import type { Parameters, Step } from '../../src/program/index.ts';
import { LockdepEdges } from './lockdep-edges.ts';
import { raceRun } from './race-run.ts';
import { soloRun } from './solo-run.ts';

// The dependencies that the operations of v6.1 make, as lockdep would store them, against those
// that lockdep of a real 6.1 kernel had.

const write =
  (path: string, input: string) =>
  (kernel: Kernel): Step<unknown> =>
    sysfsWrite(kernel, path, input);

const block = (kernel: Kernel, number = 32) => memoryBlock(kernel, number);

/** The operations in the order in which they were done on the real kernel, by the notes' names. */
const operations: readonly (readonly [
  name: string,
  run: (kernel: Kernel) => Step<unknown>,
  parameters?: Parameters,
])[] = [
  // Secondary CPUs are brought up.
  ['boot', (kernel) => cpuUp(kernel, kernel.cpus[0]!)],
  ['ACPI add', (kernel) => acpiDeviceHotplug(kernel, block(kernel, 33)), { addPath: 'acpi' }],
  ['state=online_movable', write('memory32/state', 'online_movable')],
  ['state=offline', write('memory32/state', 'offline'), { blocksOnline: 1 }],
  [
    'first online in the memoryless node 1',
    function* (kernel) {
      yield* acpiDeviceHotplug(kernel, block(kernel));
      return yield* write('memory32/state', 'online')(kernel);
    },
    { addPath: 'acpi', nodes: 2, hotplugNode: 1, blocksPresent: 0 },
  ],
  ['online=1', write('memory32/online', '1')],
  [
    'ACPI remove of an online block',
    (kernel) => acpiDeviceEject(kernel, block(kernel)),
    { addPath: 'acpi', blocksOnline: 1 },
  ],
  ['cpu1 offline', write('cpu1/online', '0')],
  ['ACPI CPU add', (kernel) => acpiProcessorHotplug(kernel, kernel.cpus[0]!), { cpusPresent: 0 }],
  ['soft_offline_page', write('soft_offline_page', '0x100000000'), { blocksOnline: 1 }],
  [
    'module add_memory / remove_memory',
    function* (kernel) {
      yield* addMemory(kernel, block(kernel, 33));
      return yield* removeMemory(kernel, block(kernel, 33));
    },
  ],
  ['probe', write('probe', '0x108000000')],
  ['ACPI CPU remove', (kernel) => acpiProcessorEject(kernel, kernel.cpus[0]!)],
];

const lockdep = new LockdepEdges();
for (const [name, run, parameters] of operations) {
  lockdep.operation = name;
  const given = { release: 'v6.1', vfsLocks: true, notifiers: 'ksm,slab,memory-tier' };
  soloRun({ ...given, ...parameters }, run, undefined, (event) => lockdep.event(event));
  lockdep.endExecution();
}

interface Row {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly rest: string;
}

const file = new URL('data/lockdep-edges-v6.1.txt', import.meta.url);
const rows: readonly Row[] = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [from = '', to = '', ...rest] = line.split(' | ');
    return { key: `${from} -> ${to}`, from, to, rest: rest.join(' | ') };
  });

/** Edges of the notes between locks of the model that the model does not make, and why. */
const notMade: ReadonlyMap<string, string> = new Map([
  ['memory_chain.rwsem -> zone->lock', "callbacks allocate memory; the model's do not"],
]);

/** Of edges that are made elsewhere first, where the model's first operation differs. */
const madeLater: ReadonlyMap<string, string> = new Map([
  ['acpi_scan_lock -> physical_node_lock', 'the model has no boot by ACPI'],
  ['cpu_hotplug_lock -> pcp_batch_high_lock', 'the CPU of the model comes up without callbacks'],
  ['cpu_hotplug_lock -> cpuhp_state-up', 'likewise'],
  ['mem_hotplug_lock -> zone->lock', 'struct pages of new memory are initialised without it'],
]);

/** Locks that the notes were not asked for, and edges that were there for other reasons before. */
const notAskedFor = new RegExp(
  [
    'uevent_sock_mutex|sb_writers|seq p->lock|pcp->lock',
    '^acpi_scan_lock -> resource_lock|^of->mutex -> resource_lock',
    '-> mf_mutex$',
  ].join('|'),
);

const inModel = rows.filter(({ from, to }) => lockdep.classes.has(from) && lockdep.classes.has(to));

describe('dependencies of v6.1 as lockdep stores them', () => {
  for (const { key, rest } of inModel) {
    if (notMade.has(key)) {
      test(`${key} is not made: ${notMade.get(key)}`, () => {
        assert.equal(lockdep.edges.get(key), undefined);
      });
      continue;
    }
    test(`${key}: distance, bits, the operation that makes it first`, () => {
      const edge = lockdep.edges.get(key);
      assert.ok(edge !== undefined, 'the model does not make it');
      const [distance, bits, madeBy] = rest.split(' | ');
      assert.equal(`${edge.distance} | ${edge.bits}`, `${distance} | ${bits}`);
      if (madeLater.has(key)) assert.notEqual(edge.madeBy, madeBy);
      else assert.equal(edge.madeBy, madeBy);
    });
  }

  test('most of what the notes list is between locks of the model', () => {
    assert.ok(inModel.length >= 30, String(inModel.length));
  });

  test('the model makes no other', () => {
    const others = [...lockdep.edges.keys()].filter(
      (key) => !rows.some((row) => row.key === key) && !notAskedFor.test(key),
    );
    assert.deepEqual(others, []);
  });
});

describe('edges that are absent although the nesting happens', () => {
  const has = (key: string): boolean => lockdep.edges.has(key);

  test('none from or to dev->mutex, which is not validated', () => {
    const found = [...lockdep.edges.keys()].filter((key) => key.includes('device_lock'));
    assert.deepEqual(found, []);
  });

  test('none to a lock that was taken by try: device_hotplug_lock, kn->active', () => {
    const tried = /-> (device_hotplug_lock|kn->active\(.*\))$/;
    assert.deepEqual(
      [...lockdep.edges.keys()].filter((key) => tried.test(key)),
      [],
    );
  });

  test('mem_hotplug_lock has two predecessors only: cpu_hotplug_lock and mf_mutex', () => {
    const found = [...lockdep.edges.values()].filter(({ to }) => to === 'mem_hotplug_lock');
    assert.deepEqual(found.map(({ from }) => from).sort(), ['cpu_hotplug_lock', 'mf_mutex']);
    // They exist as paths only.
    for (const outer of ['kn->active(state)', 'device_hotplug_lock', 'acpi_scan_lock']) {
      assert.ok(!has(`${outer} -> mem_hotplug_lock`), outer);
    }
  });

  test('sb_writers ends at of->mutex, the first that is not taken by try', () => {
    const found = [...lockdep.edges.values()].filter(({ from }) => from === 'sb_writers');
    assert.deepEqual(
      found.map(({ to }) => to),
      ['of->mutex'],
    );
  });
});

// Surprise 5 of the notes, section 8.
describe('the removal side of kn->active', () => {
  const edgeOf = (inside: Record<string, (kernel: Kernel) => Step<unknown>>): LockdepEdges => {
    const edges = new LockdepEdges();
    const agents = { remover: (kernel: Kernel) => removeMemory(kernel, block(kernel)), ...inside };
    raceRun({ release: 'v6.1' }, agents, undefined, (event) => {
      if (event === undefined) edges.endExecution();
      else edges.event(event);
    });
    return edges;
  };

  test('is invisible where nobody is inside at that instant', () => {
    const found = [...edgeOf({}).edges.keys()].filter((key) => key.includes('kn->active'));
    assert.deepEqual(found, []);
  });

  test('appears where a reader is inside, of a file that is only read, too', () => {
    for (const file of ['online', 'phys_index']) {
      const { edges } = edgeOf({ reader: (kernel) => sysfsRead(kernel, `memory32/${file}`) });
      const edge = edges.get(`device_hotplug_lock -> kn->active(${file})`);
      assert.equal(edge?.distance, 1, file);
      assert.equal(edge?.bits, 8, file);
    }
  });
});
