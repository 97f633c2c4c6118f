import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../../src/program/index.ts';
import { acpiDeviceEject } from '../../src/kernel/acpi.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { Notify } from '../../src/kernel/notifier-chain.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { heldInCallbacks } from './held-locks.ts';

/*
 * What a callback on a 6.1 kernel printed as locks that are held, in the order in which they were
 * taken, from the project's notes on such a kernel. The names are those of the model.
 */
const chain = 'memory_chain.rwsem';
const below = ['memory32.device_lock', 'cpu_hotplug_lock', 'mem_hotplug_lock'];
const writer = (file: string): string[] => [
  'sb_writers',
  `memory32/${file}.of->mutex`,
  `memory32/${file}.active`,
  'device_hotplug_lock',
  ...below,
];
const line = (event: string, locks: readonly string[]): string => `${event}: ${locks.join(', ')}`;
const write =
  (file: string, input: string) =>
  (kernel: Kernel): Step<unknown> =>
    sysfsWrite(kernel, `memory32/${file}`, input);

describe('locks that are held inside of a callback, v6.1', () => {
  for (const [file, input] of [
    ['state', 'online'],
    ['online', '1'],
  ] as const) {
    test(`${file}=${input}: 8 for GOING_ONLINE, 8 for ONLINE`, () => {
      const locks = [...writer(file), chain];
      assert.equal(locks.length, 8);
      const lines = heldInCallbacks({}, write(file, input));
      assert.deepEqual(lines, [line('goingOnline', locks), line('online', locks)]);
    });
  }

  test('state=online, refused: 8 for CANCEL_ONLINE', () => {
    const lines = heldInCallbacks({}, write('state', 'online'), { goingOnline: Notify.bad });
    const locks = [...writer('state'), chain];
    assert.deepEqual(lines, [line('goingOnline', locks), line('cancelOnline', locks)]);
  });

  test('state=offline: 9 for GOING_OFFLINE, with pcp_batch_high_lock, and 8 for OFFLINE', () => {
    const nine = [...writer('state'), 'pcp_batch_high_lock', chain];
    assert.equal(nine.length, 9);
    const lines = heldInCallbacks({ blocksOnline: 1 }, write('state', 'offline'));
    const eight = [...writer('state'), chain];
    assert.deepEqual(lines, [line('goingOffline', nine), line('offline', eight)]);
  });

  test('state=offline, refused: 9 for CANCEL_OFFLINE, too', () => {
    const nine = [...writer('state'), 'pcp_batch_high_lock', chain];
    const answers = { goingOffline: Notify.bad };
    const lines = heldInCallbacks({ blocksOnline: 1 }, write('state', 'offline'), answers);
    assert.deepEqual(lines, [line('goingOffline', nine), line('cancelOffline', nine)]);
  });

  // The kernel's ten have the queue kacpi_hotplug and its work in front, as lockdep sees them.
  test('ACPI removal: the 8 of 10 for GOING_OFFLINE that are locks of the model', () => {
    const [going] = heldInCallbacks({ addPath: 'acpi', blocksOnline: 1 }, (kernel) =>
      acpiDeviceEject(kernel, memoryBlock(kernel, 32)),
    );
    const outer = ['device_hotplug_lock', 'acpi_scan_lock', 'memory32.physical_node_lock'];
    const locks = [...outer, ...below, 'pcp_batch_high_lock', chain];
    assert.equal(
      going!.replace(/(kacpi_hotplug|hpw->work)[^,]*, /g, ''),
      line('goingOffline', locks),
    );
    assert.equal(locks.length, 10 - 2);
  });
});
