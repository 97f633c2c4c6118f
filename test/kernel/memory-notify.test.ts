import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../../src/kernel/acpi.ts';
import { deviceOnline } from '../../src/kernel/device-online.ts';
import { EBUSY, ENOMEM, resultName } from '../../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { MemoryEvent, NumberedMemoryEvent } from '../../src/kernel/memory-notify.ts';
import { OnlineType, PageUse, State } from '../../src/kernel/memory-state.ts';
import { Notify, notifierFromErrno } from '../../src/kernel/notifier-chain.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { told } from './notifier-observer.ts';

const online = ['state=online'];

function* onlineByHand(kernel: Kernel, number: number): Step {
  yield* kernel.deviceHotplugLock.hold(() => deviceOnline(kernel, memoryBlock(kernel, number)));
}
const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'];

describe('the values of events', () => {
  test('are bits of their own, and count from 0 where there is a node notifier', () => {
    assert.deepEqual(MemoryEvent, {
      online: 1,
      goingOffline: 2,
      offline: 4,
      goingOnline: 8,
      cancelOnline: 16,
      cancelOffline: 32,
    });
    assert.deepEqual(Object.values(NumberedMemoryEvent), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(Object.keys(NumberedMemoryEvent), Object.keys(MemoryEvent));
  });
});

for (const release of releases) {
  describe(`what one callback sees, ${release}`, () => {
    test('both ways succeed: GOING_ONLINE, ONLINE, GOING_OFFLINE, OFFLINE', () => {
      const { calls } = told([{ name: 'a' }], ['state=online', 'state=offline'], { release });
      assert.deepEqual(calls, ['a goingOnline', 'a online', 'a goingOffline', 'a offline']);
    });

    test('an error of GOING_ONLINE comes out exactly, and all hear CANCEL_ONLINE', () => {
      const refuses = { goingOnline: notifierFromErrno(-ENOMEM) };
      const observers = [{ name: 'a', answers: refuses }, { name: 'b' }];
      const { calls, results, kernel } = told(observers, online, { release });
      assert.deepEqual(results, ['ENOMEM']);
      assert.deepEqual(calls, ['a goingOnline', 'a cancelOnline', 'b cancelOnline']);
      assert.equal(memoryBlock(kernel, 32).state.peek(), State.offline);
      // The zone is left grown by the FIX releases, and by v3.19, where it grew with the add.
      const grown = !['v6.1', 'v6.8'].includes(release);
      assert.equal(kernel.pgdat.zone.spannedPages.peek() > 32 * 32768, grown, release);
    });

    test('an error of GOING_OFFLINE comes out exactly, and all hear CANCEL_OFFLINE', () => {
      const refuses = { goingOffline: notifierFromErrno(-EBUSY) };
      const observers = [{ name: 'a' }, { name: 'b', priority: 9, answers: refuses }];
      const writes = ['state=online', 'state=offline', 'state=offline'];
      const { calls, results, kernel } = told(observers, writes, { release });
      assert.deepEqual(results, ['6', 'EBUSY', 'EBUSY']);
      const cancelled = ['b goingOffline', 'b cancelOffline', 'a cancelOffline'];
      assert.deepEqual(calls.slice(4), [...cancelled, ...cancelled]);
      assert.equal(memoryBlock(kernel, 32).state.peek(), State.online);
      assert.equal(kernel.pgdat.zone.isolatedPageblocks.peek(), 0);
    });

    test('where the isolation fails there is no GOING_OFFLINE and no CANCEL_OFFLINE', () => {
      const { calls, results } = told(
        [{ name: 'a' }],
        ['state=offline'],
        { release, blocksOnline: 1 },
        { agent: (kernel) => allocPage(kernel, PageUse.unmovable) },
      );
      assert.deepEqual(results, ['EBUSY']);
      assert.deepEqual(calls, []);
    });

    test('a failure after GOING_OFFLINE, as by a signal, sends CANCEL_OFFLINE, too', () => {
      const { calls, results } = told(
        [{ name: 'a' }],
        ['state=offline'],
        { release, blocksOnline: 1 },
        {
          *agent(kernel) {
            yield* allocPage(kernel, PageUse.pinned);
            yield* memoryBlock(kernel, 32).signal.store(1);
          },
        },
      );
      assert.deepEqual(results, ['EINTR']);
      assert.deepEqual(calls, ['a goingOffline', 'a cancelOffline']);
    });
  });
}

describe('results of callbacks', () => {
  for (const error of [12, 16, 11, 22, 5, 1, 4]) {
    test(`errno ${error} comes out of both files, and the state is unchanged`, () => {
      const answers = {
        goingOnline: notifierFromErrno(-error),
        goingOffline: notifierFromErrno(-error),
      };
      for (const blocksOnline of [0, 1]) {
        const writes =
          blocksOnline === 0 ? ['state=online', 'online=1'] : ['state=offline', 'online=0'];
        const { results, kernel } = told([{ name: 'a', answers }], writes, { blocksOnline });
        assert.deepEqual(results, [resultName(-error), resultName(-error)]);
        const state = blocksOnline === 0 ? State.offline : State.online;
        assert.equal(memoryBlock(kernel, 32).state.peek(), state);
      }
    });
  }

  test('NOTIFY_BAD for GOING_ONLINE or GOING_OFFLINE is EPERM', () => {
    const answers = { goingOnline: Notify.bad, goingOffline: Notify.bad };
    assert.deepEqual(told([{ name: 'a', answers }], online).results, ['EPERM']);
    const writes = ['state=offline'];
    assert.deepEqual(told([{ name: 'a', answers }], writes, { blocksOnline: 1 }).results, [
      'EPERM',
    ]);
  });

  test('those of ONLINE and OFFLINE are not looked at, but BAD ends the walk', () => {
    const late = { online: Notify.bad, offline: notifierFromErrno(-ENOMEM) };
    const observers = [{ name: 'a', answers: late }, { name: 'b' }];
    const { results, calls } = told(observers, ['state=online', 'state=offline']);
    assert.deepEqual(results, ['6', '7']);
    assert.ok(!calls.includes('b online'));
    assert.ok(!calls.includes('b offline'));
  });

  test('NOTIFY_STOP hides the event from the rest, and the operation goes on', () => {
    const observers = [{ name: 'a', answers: { goingOnline: Notify.stop } }, { name: 'b' }];
    const { results, calls } = told(observers, online);
    assert.deepEqual(results, ['6']);
    assert.deepEqual(calls, ['a goingOnline', 'a online', 'b online']);
  });

  test('a walk of CANCEL_ONLINE that is stopped does not reach the rest', () => {
    const answers = { goingOnline: Notify.bad, cancelOnline: Notify.stop };
    const { calls } = told([{ name: 'a', answers }, { name: 'b' }], online);
    assert.deepEqual(calls, ['a goingOnline', 'a cancelOnline']);
  });
});

describe('what the callbacks are told of the range and its node', () => {
  const parameters = { nodes: 2, hotplugNode: 1 };
  const nids = (write: string, more: Parameters = {}): number[] => {
    const { args } = told([{ name: 'a' }], [write], { ...parameters, ...more });
    const [arg] = args;
    return [arg!.statusChangeNidNormal, arg!.statusChangeNid, arg!.statusChangeNidHigh];
  };

  test('1/1 for the first Normal block of node 1', () => {
    assert.deepEqual(nids('state=online_kernel'), [1, 1, -1]);
  });

  test('-1/1 for the first Movable block of node 1', () => {
    assert.deepEqual(nids('state=online_movable'), [-1, 1, -1]);
  });

  test('-1/-1 otherwise: the node has memory, or the block is not its last', () => {
    assert.deepEqual(nids('state=online', { hotplugNode: 0 }), [-1, -1, -1]);
    const second = told(
      [{ name: 'a' }],
      online,
      { ...parameters, blocksPresent: 2 },
      {
        *agent(kernel) {
          yield* onlineByHand(kernel, 33);
        },
      },
    );
    const [, , third] = second.args;
    assert.deepEqual([third!.statusChangeNidNormal, third!.statusChangeNid], [-1, -1]);
  });

  test('the first Normal block of a node that has Movable memory is 1/-1', () => {
    const { args } = told(
      [{ name: 'a' }],
      ['state=online_kernel'],
      {
        ...parameters,
        blocksPresent: 2,
      },
      {
        *agent(kernel) {
          yield* memoryBlock(kernel, 33).onlineType.write(OnlineType.movable);
          yield* onlineByHand(kernel, 33);
        },
      },
    );
    const arg = args.find(({ startPfn }) => startPfn === 0x100000)!;
    assert.deepEqual([arg.statusChangeNidNormal, arg.statusChangeNid], [1, -1]);
  });

  test('offline: the node loses what the block is the last of', () => {
    const { args } = told([{ name: 'a' }], ['state=online', 'state=offline'], parameters);
    assert.deepEqual([args[2]!.startPfn, args[2]!.nrPages], [0x100000, 0x8000]);
    assert.deepEqual([args[2]!.statusChangeNidNormal, args[2]!.statusChangeNid], [1, 1]);
  });

  test('without high memory its field repeats that of normal memory until v4.18', () => {
    assert.deepEqual(nids('state=online_kernel', { release: 'v4.18' }), [1, 1, 1]);
    assert.deepEqual(nids('state=online_kernel', { release: 'v4.20' }), [1, 1, -1]);
  });

  test('start_pfn and nr_pages leave out the pages of the memory map in the block', () => {
    const { args } = told([{ name: 'a' }], online, { memmapOnMemory: true });
    assert.deepEqual([args[0]!.startPfn, args[0]!.nrPages], [0x100000 + 512, 0x8000 - 512]);
  });
});

describe('removal by ACPI', () => {
  test('asks a callback that refuses twice for each block, once a pass', () => {
    const refuses = { goingOffline: notifierFromErrno(-ENOMEM) };
    for (const blocks of [1, 2]) {
      const { calls } = told(
        [{ name: 'a', answers: refuses }],
        [],
        { addPath: 'acpi', blocksPresent: 0, blocksMax: 2 },
        {
          *agent(kernel) {
            const dimm = [memoryBlock(kernel, 32), memoryBlock(kernel, 33)].slice(0, blocks);
            yield* acpiDeviceHotplug(kernel, dimm);
            const last = dimm.at(-1)!;
            yield* onlineByHand(kernel, last.number);
            assert.equal(yield* acpiDeviceEject(kernel, dimm), -EBUSY);
          },
        },
      );
      const once = ['a goingOffline', 'a cancelOffline'];
      assert.deepEqual(calls.slice(2), [...once, ...once]);
    }
  });
});
