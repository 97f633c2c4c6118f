import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { lockOrderText } from '../../src/cli/lock-order-command.ts';
import { lockLines, lockTrees, without, type Deviation } from './lock-tree.ts';

// What the model takes in v6.1 against a transcription of what was observed on a real 6.1 kernel.
// Both are changed by the deviations, and then they are the same; a deviation that is not needed is
// an error.

const deviations: readonly Deviation[] = [
  {
    side: 'kernel',
    operation: /^ACPI/,
    lock: /^(wq|work hpw)/,
    reason:
      'the workqueue that runs acpi_device_hotplug() is not in the model: an agent is its worker',
  },
  {
    side: 'model',
    operation: /CPU|^cpu1/,
    lock: /^(cpuhp_state|pcp_batch_high_lock|slab_mutex)/,
    under: /^cpu_hotplug_lock/,
    reason:
      'what callbacks of CPUs take: section 2 names only what the cpuhp thread annotates, and ' +
      'section 3 has them as edges from cpu_hotplug_lock',
  },
  {
    side: 'model',
    operation: /CPU/,
    lock: /^dev->mutex\(cpu\)/,
    after: /^(dev->mutex\(cpu\)|physical_node_lock)/,
    reason:
      'device_add() and device_del() take it twice, and acpi_processor_add() attaches a driver',
  },
  {
    side: 'model',
    operation: /CPU/,
    lock: /^physical_node_lock/,
    after: /^(cpu_add_remove_lock|dev->mutex)/,
    reason: 'binding and unbinding the CPU, from the source; the text has the inversion only',
  },
  {
    side: 'model',
    operation: /online/,
    lock: /^zone->lock/,
    after: /^zonelist_update_seq/,
    reason:
      'undo_isolate_page_range() after the lists: the text names zone->lock once for all of ' +
      'onlining',
  },
  {
    side: 'model',
    operation: /offline|online=0|removal of a block that is online/,
    lock: /^zone->lock/,
    under: /^pcp_batch_high_lock/,
    reason:
      'isolating pages and taking them out: section 2 leaves it out, section 3 has the edge ' +
      'pcp_batch_high_lock -> zone->lock',
  },
  {
    side: 'model',
    operation: /^state=offline, refused/,
    lock: /^ksm_thread_mutex/,
    under: /MEM_CANCEL_OFFLINE/,
    reason: 'ksm_memory_callback() treats MEM_CANCEL_OFFLINE as MEM_OFFLINE; the text says nothing',
  },
  {
    side: 'model',
    operation: /^ACPI (CPU )?removal/,
    lock: /^physical_node_lock/,
    after: /^physical_node_lock/,
    reason: 'acpi_unbind_one(), from the source; the text follows the locks of the offlining only',
  },
  {
    side: 'model',
    operation: /^soft_offline_page/,
    lock: /^zone->lock/,
    reason: 'the page leaves the free lists; the text names the locks that are waited for',
  },
];

const file = new URL('data/real-kernel-v6.1.txt', import.meta.url);
const observed = lockTrees(readFileSync(file, 'utf8'));
const modelled = lockTrees(lockOrderText('v6.1'));

const used = new Set<Deviation>();

/** The operation's locks on one side, less what the deviations allow. */
function compared(side: Deviation['side'], title: string): string {
  let nodes = (side === 'model' ? modelled : observed).get(title) ?? [];
  for (const deviation of deviations) {
    if (deviation.side !== side || !deviation.operation.test(title)) continue;
    nodes = without(nodes, deviation, () => used.add(deviation));
  }
  return lockLines(nodes);
}

describe('the model takes the locks that a real 6.1 kernel was seen to take', () => {
  for (const title of observed.keys()) {
    test(title, () => {
      assert.equal(compared('model', title), compared('kernel', title));
    });
  }

  test('every deviation is needed', () => {
    for (const title of observed.keys()) {
      compared('model', title);
      compared('kernel', title);
    }
    assert.deepEqual(
      deviations.filter((deviation) => !used.has(deviation)).map(({ reason }) => reason),
      [],
    );
  });

  test('every operation of the model is one of the transcription', () => {
    assert.deepEqual(
      [...modelled.keys()].filter((title) => !observed.has(title)),
      [],
    );
  });
});

describe('the comparison itself', () => {
  const text = 'op\n  a [W]\n    b [R] x 2\n      c [W]\n';

  test('reads nesting and repetitions', () => {
    assert.equal(lockLines(lockTrees(text).get('op')!), 'a [W]\n  b [R]\n  b [R]\n    c [W]\n');
  });

  test('sees a lock that is taken in another place', () => {
    const other = lockTrees('op\n  a [W]\n    b [R]\n  b [R]\n    c [W]\n').get('op')!;
    assert.notEqual(lockLines(other), lockLines(lockTrees(text).get('op')!));
  });

  test('a deviation leaves what was inside of the lock that it takes away', () => {
    const deviation = {
      side: 'model',
      operation: /./,
      lock: /^b/,
      after: /^b/,
      reason: '',
    } as const;
    const nodes = without(lockTrees(text).get('op')!, deviation, () => undefined);
    assert.equal(lockLines(nodes), 'a [W]\n  b [R]\n  c [W]\n');
  });
});
