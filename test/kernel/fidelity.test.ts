import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { lockOrderText } from '../../src/cli/lock-order-command.ts';

/** The sequences by the title of their operation. */
function sequences(text: string): Map<string, string> {
  const map = new Map<string, string>();
  let title = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) map.set((title = line), '');
    else map.set(title, `${map.get(title)}${line}\n`);
  }
  return map;
}

const file = new URL('data/lock-order-v6.1.txt', import.meta.url);
const expected = sequences(readFileSync(file, 'utf8'));
const found = sequences(lockOrderText('v6.1'));

/** How many locks are held where a line of a sequence stands, its own included. */
function depth(title: string, text: string): number {
  const line =
    found
      .get(title)
      ?.split('\n')
      .find((one) => one.includes(text)) ?? '';
  return (line.length - line.trimStart().length) / 2;
}

describe('locks of v6.1, operation by operation, as the real kernel takes them', () => {
  test('all operations are there', () => {
    assert.deepEqual([...found.keys()], [...expected.keys()]);
  });

  for (const [title, sequence] of expected) {
    test(title, () => {
      assert.equal(found.get(title), sequence);
    });
  }
});

// What a notifier's callback saw printed as held locks.
describe('locks that are held inside the notifier', () => {
  test('online: 8; offline: 9 at GOING_OFFLINE and CANCEL_OFFLINE, 8 at OFFLINE', () => {
    assert.equal(depth('state=online', 'MEM_GOING_ONLINE'), 8);
    assert.equal(depth('state=online', 'MEM_ONLINE'), 8);
    assert.equal(depth('state=offline', 'MEM_GOING_OFFLINE'), 9);
    assert.equal(depth('state=offline', 'MEM_OFFLINE'), 8);
    const refused = 'state=offline, refused by the last callback';
    assert.equal(depth(refused, 'MEM_CANCEL_OFFLINE'), 9);
  });

  test('removal by ACPI: 10, less the work and its queue, which are not in the model', () => {
    assert.equal(depth('ACPI removal of a block that is online', 'MEM_GOING_OFFLINE'), 10 - 2);
  });
});

describe('other releases', () => {
  for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.8']) {
    test(`${release} has an order of its own`, () => {
      assert.notEqual(lockOrderText(release), lockOrderText('v6.1'));
    });
  }

  test('v6.8 removes block devices under mem_hotplug_lock again', () => {
    assert.equal(
      sequences(lockOrderText('v6.8')).get('remove_memory()'),
      [
        '  device_hotplug_lock [W]',
        '    cpu_hotplug_lock [R]',
        '      mem_hotplug_lock [W]',
        '        dev->mutex(block) [W] x 2',
        '',
      ].join('\n'),
    );
  });

  test('a release that is not known is refused', () => {
    assert.throws(() => lockOrderText('v5.0'), /`release` is one of/);
  });
});
