import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { command } from './command.ts';

interface LockJson {
  readonly lock: string;
  readonly inside: readonly LockJson[];
}

describe('heddle lock-order', () => {
  test('prints what each operation takes, inside what it is taken', async () => {
    const { status, out, err } = await command('lock-order', '--release', 'v6.1');
    assert.equal(status, 0, err);
    assert.match(out, /^ACPI hot add\n {2}device_hotplug_lock \[W\]\n {4}acpi_scan_lock \[W\]\n/);
    const online = out.split('\nstate=online\n')[1]!.split('\n\n')[0]!;
    const order = [
      'sb_writers [R]',
      'of->mutex [W]',
      'kn->active(state) [T R]',
      'device_hotplug_lock [T W]',
      'dev->mutex(block) [W]',
      'cpu_hotplug_lock [R]',
      'mem_hotplug_lock [W]',
    ];
    assert.ok(
      online.startsWith(
        order.map((lock, depth) => `${' '.repeat(2 + 2 * depth)}${lock}`).join('\n'),
      ),
      online,
    );
  });

  test('shows the order of 30467e0b3be8 in v4.18', async () => {
    const { out } = await command('lock-order', '--release', 'v4.18');
    const online = out.split('\nstate=online\n')[1]!.split('\n\n')[0]!;
    assert.ok(online.indexOf('mem_hotplug_lock') < online.indexOf('dev->mutex(block)'), online);
  });

  test('prints the same as one JSON object', async () => {
    const { status, out } = await command('lock-order', '--json');
    assert.equal(status, 0);
    const { release, operations } = JSON.parse(out) as {
      release: string;
      operations: readonly { title: string; locks: readonly LockJson[] }[];
    };
    assert.equal(release, 'v6.1');
    const add = operations.find(({ title }) => title === 'ACPI hot add');
    assert.equal(add?.locks[0]?.lock, 'device_hotplug_lock [W]');
    assert.equal(add.locks[0].inside[0]?.lock, 'acpi_scan_lock [W]');
  });
});
