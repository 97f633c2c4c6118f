import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { hotplugInvariants } from '../../src/kernel/hotplug-invariants.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { memoryNotify } from '../../src/kernel/memory-notify.ts';
import { PageUse } from '../../src/kernel/memory-state.ts';
import { allocPage } from '../../src/kernel/page-allocator.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { virtioMemRemove } from '../../src/kernel/virtio-mem-remove.ts';
import { virtioMemConfigChanged, virtioMemWorker } from '../../src/kernel/virtio-mem-work.ts';
import { MbState, type VirtioMem } from '../../src/kernel/virtio-mem.ts';
import { raceRun } from './race-run.ts';
import { faults, soloRun, type SoloRun } from './solo-run.ts';

/** Both blocks are the device's; memory32 is there. Two subblocks each. */
const machine: Parameters = {
  notifiers: 'virtio-mem,error-inject',
  virtioMemBlocks: 2,
  framesPerBlock: 2,
};
const online: Parameters = { ...machine, blocksOnline: 1 };

const write = (kernel: Kernel, input: string, file = 'memory32/state'): Step<number> =>
  sysfsWrite(kernel, file, input);

function* resize(kernel: Kernel, subblocks: number): Step<number | undefined> {
  yield* virtioMemConfigChanged(kernel, subblocks);
  return yield* virtioMemWorker(kernel);
}

const vmOf = ({ kernel }: SoloRun): VirtioMem => kernel.callbacks.virtioMem!.vm;
const states = (run: SoloRun): number[] => vmOf(run).blocks.map(({ state }) => state.peek());

/** The counts agree with the states, the mutex is free, and nothing was found. */
function assertConsistent(run: SoloRun): void {
  const { blocks, counts } = vmOf(run);
  for (const state of Object.values(MbState)) {
    const count = blocks.filter((mb) => mb.state.peek() === state).length;
    assert.equal(counts[state]!.peek(), count, `blocks of state ${state}`);
  }
  assert.deepEqual(faults(run), []);
  for (const { name, holds } of hotplugInvariants) assert.ok(holds(run.kernel), name);
}

/** Takes and gives of the locks of the driver and of the chain, in order. */
const ownLocks = ({ locks }: SoloRun): string[] =>
  locks.filter((lock) => /hotplug_mutex|memory_chain/.test(lock));

describe('the notifier of virtio-mem', () => {
  test('takes hotplug_mutex in GOING_ONLINE and keeps it until ONLINE', () => {
    const run = soloRun(machine, (kernel) => write(kernel, 'online'));
    assert.deepEqual(ownLocks(run), [
      '+memory_chain.rwsem (r)',
      '+vm->hotplug_mutex',
      '-memory_chain.rwsem',
      '+memory_chain.rwsem (r)',
      '-vm->hotplug_mutex',
      '-memory_chain.rwsem',
    ]);
    assert.deepEqual(states(run), [MbState.kernel, MbState.unused]);
    assertConsistent(run);
  });

  test('keeps it from GOING_OFFLINE until OFFLINE, and knows zone Movable', () => {
    const run = soloRun(machine, function* (kernel): Step<unknown> {
      yield* write(kernel, 'online_movable');
      const between = kernel.callbacks.virtioMem!.vm.blocks[0]!.state.peek();
      yield* write(kernel, 'offline');
      return between;
    });
    assert.equal(run.result, MbState.movable);
    const gone = ownLocks(run).slice(6);
    assert.deepEqual(gone.slice(1, 5), [
      '+vm->hotplug_mutex',
      '-memory_chain.rwsem',
      '+memory_chain.rwsem (r)',
      '-vm->hotplug_mutex',
    ]);
    assert.deepEqual(states(run), [MbState.offline, MbState.unused]);
    assertConsistent(run);
  });

  test('gives it back in CANCEL_ONLINE and CANCEL_OFFLINE', () => {
    for (const [parameters, input] of [
      [machine, 'online'],
      [online, 'offline'],
    ] as const) {
      const run = soloRun(parameters, function* (kernel): Step<string> {
        const { goingOnlineError, goingOfflineError } = kernel.callbacks.errorInject!;
        yield* goingOnlineError.store(-12);
        yield* goingOfflineError.store(-12);
        return resultName(yield* write(kernel, input));
      });
      assert.equal(run.result, 'ENOMEM');
      assert.equal(vmOf(run).hotplugActive.peek(), 0);
      assertConsistent(run);
    }
  });

  test('ignores CANCEL events that it saw no GOING for', () => {
    const run = soloRun(online, function* (kernel): Step<string> {
      const { notifier, goingOfflineError } = kernel.callbacks.errorInject!;
      yield* notifier.priority.write(1000);
      yield* goingOfflineError.store(-16);
      return resultName(yield* write(kernel, 'offline'));
    });
    assert.equal(run.result, 'EBUSY');
    assert.ok(!run.locks.includes('+vm->hotplug_mutex'));
    assertConsistent(run);
  });

  test('answers EBUSY, without the mutex, while the driver goes away', () => {
    for (const [parameters, input] of [
      [machine, 'online'],
      [online, 'offline'],
    ] as const) {
      const run = soloRun(parameters, function* (kernel): Step<string> {
        yield* kernel.callbacks.virtioMem!.vm.removing.write(1);
        return resultName(yield* write(kernel, input));
      });
      assert.equal(run.result, 'EBUSY');
      assertConsistent(run);
    }
  });

  test('says NOTIFY_BAD to ranges that are no whole block, and takes nothing', () => {
    const run = soloRun({ ...machine, memmapOnMemory: true }, (kernel) => write(kernel, 'online'));
    assert.equal(resultName(run.result as number), 'EPERM');
    assert.ok(!run.locks.includes('+vm->hotplug_mutex'));
    assert.deepEqual(faults(run), []);
  });

  test('says NOTIFY_DONE to the ranges of others', () => {
    const elsewhere = { ...machine, virtioMemBlocks: 1 };
    const run = soloRun(elsewhere, (kernel) => write(kernel, 'online'));
    assert.equal(run.result, 6);
    assert.ok(!run.locks.includes('+vm->hotplug_mutex'));
    assert.deepEqual(states(run), [MbState.unused]);
  });

  test('says NOTIFY_BAD to a block that is not marked offline, and keeps the mutex', () => {
    const run = soloRun(machine, function* (kernel): Step<string[]> {
      const { vm } = kernel.callbacks.virtioMem!;
      yield* vm.blocks[0]!.state.write(MbState.unused);
      const block = memoryBlock(kernel, 32);
      const arg = {
        startPfn: block.startPfn,
        nrPages: 32768,
        statusChangeNidNormal: -1,
        statusChangeNidHigh: -1,
        statusChangeNid: -1,
      };
      const results: string[] = [];
      results.push(resultName(yield* memoryNotify(kernel, 'goingOnline', arg)));
      yield* vm.hotplugMutex.assertHeld();
      yield* memoryNotify(kernel, 'cancelOnline', arg);
      yield* vm.hotplugMutex.assertNotHeld();
      return results;
    });
    assert.deepEqual(run.result, ['EPERM']);
    assert.deepEqual(faults(run), []);
  });
});

describe('the work of virtio-mem', () => {
  test('grows by a block: device_hotplug_lock is taken without hotplug_mutex', () => {
    const run = soloRun(machine, (kernel) => resize(kernel, 4));
    assert.equal(run.result, 0);
    assert.deepEqual(states(run), [MbState.offline, MbState.offline]);
    const device = run.locks.indexOf('+device_hotplug_lock');
    assert.ok(run.locks.indexOf('-vm->hotplug_mutex') < device);
    assert.ok(!run.locks.slice(device).includes('+vm->hotplug_mutex'));
    assert.equal(vmOf(run).offlineSize.peek(), 2);
    assertConsistent(run);
  });

  test('with auto-online the notifier takes hotplug_mutex inside of its own add_memory()', () => {
    const run = soloRun({ ...machine, autoOnline: true }, (kernel) => resize(kernel, 4));
    const device = run.locks.indexOf('+device_hotplug_lock');
    const mutex = run.locks.indexOf('+vm->hotplug_mutex', device);
    assert.ok(device < mutex && mutex < run.locks.indexOf('-device_hotplug_lock'));
    assert.deepEqual(states(run), [MbState.offline, MbState.kernel]);
    // The work runs: it is not queued for what it does itself.
    assert.equal(vmOf(run).work.pending.peek(), 0);
    assertConsistent(run);
  });

  test('a block of which only a part was plugged comes online in part, and is filled later', () => {
    const run = soloRun(machine, function* (kernel): Step<unknown> {
      const { vm } = kernel.callbacks.virtioMem!;
      const uses = (): number[] => memoryBlock(kernel, 33).frames.map((frame) => frame.peek());
      yield* resize(kernel, 3);
      const seen: unknown[] = [vm.blocks[1]!.state.peek()];
      yield* write(kernel, 'online', 'memory33/state');
      seen.push(vm.blocks[1]!.state.peek(), uses());
      yield* resize(kernel, 4);
      seen.push(vm.blocks[1]!.state.peek(), uses());
      return seen;
    });
    assert.deepEqual(run.result, [
      MbState.offlinePartial,
      MbState.kernelPartial,
      [PageUse.free, PageUse.balloon],
      MbState.kernel,
      [PageUse.free, PageUse.free],
    ]);
    assertConsistent(run);
  });

  test('what is not plugged does not keep a block online, and comes back if that fails', () => {
    const run = soloRun(machine, function* (kernel): Step<unknown> {
      yield* resize(kernel, 3);
      yield* write(kernel, 'online', 'memory33/state');
      yield* kernel.callbacks.errorInject!.goingOfflineError.store(-12);
      const first = yield* write(kernel, 'offline', 'memory33/state');
      const uses = memoryBlock(kernel, 33).frames.map((frame) => frame.peek());
      yield* kernel.callbacks.errorInject!.goingOfflineError.store(0);
      return [first, uses, yield* write(kernel, 'offline', 'memory33/state')];
    });
    assert.deepEqual(run.result, [-12, [PageUse.free, PageUse.balloon], 7]);
    assert.deepEqual(states(run), [MbState.offline, MbState.offlinePartial]);
    const { zone } = run.kernel.pgdat;
    assert.equal(zone.managedPages.peek(), zone.presentPages.peek());
    assertConsistent(run);
  });

  test('shrinks a block that is offline: removed, without hotplug_mutex', () => {
    const run = soloRun(machine, (kernel) => resize(kernel, 0));
    assert.equal(run.result, 0);
    assert.deepEqual(states(run), [MbState.unused, MbState.unused]);
    assert.equal(memoryBlock(run.kernel, 32).presentSections.peek(), 0);
    const device = run.locks.indexOf('+device_hotplug_lock');
    assert.equal(run.locks[device - 1], '-vm->hotplug_mutex');
    assertConsistent(run);
  });

  test('shrinks a block that is online: its pages are taken, it goes offline and away', () => {
    for (const release of ['v6.1', 'v6.8']) {
      const run = soloRun({ ...online, release }, (kernel) => resize(kernel, 0));
      assert.equal(run.result, 0);
      assert.deepEqual(states(run), [MbState.unused, MbState.unused]);
      const { zone } = run.kernel.pgdat;
      assert.equal(zone.managedPages.peek(), zone.presentPages.peek());
      assert.equal(vmOf(run).offlineSize.peek(), 0);
      assertConsistent(run);
    }
  });

  test('gives back a part of a block that is online, but no page that is in use', () => {
    const run = soloRun(online, function* (kernel): Step<unknown> {
      const page = yield* allocPage(kernel, PageUse.unmovable);
      assert.equal(page!.frame, memoryBlock(kernel, 32).frames[0]);
      return yield* resize(kernel, 0);
    });
    assert.equal(resultName(run.result as number), 'EBUSY');
    assert.deepEqual(states(run), [MbState.kernelPartial, MbState.unused]);
    const uses = memoryBlock(run.kernel, 32).frames.map((frame) => frame.peek());
    assert.deepEqual(uses, [PageUse.unmovable, PageUse.balloon]);
    assertConsistent(run);
  });

  test('asks for more than the region has: ENOSPC', () => {
    const run = soloRun(machine, (kernel) => resize(kernel, 5));
    assert.equal(resultName(run.result as number), 'ENOSPC');
    assertConsistent(run);
  });

  test('does not run unless it is queued', () => {
    const run = soloRun(machine, (kernel) => virtioMemWorker(kernel));
    assert.equal(run.result, undefined);
  });

  test('a resize and user space do not get in each other’s way', () => {
    const run = raceRun(machine, {
      work: (kernel) => resize(kernel, 0),
      user: (kernel) => write(kernel, 'online'),
    });
    assert.deepEqual(run.findings, []);
    // Onlining is first, or is refused since the block is about to go, or finds no file.
    assert.deepEqual(run.outcomes, ['0,-1', '0,-19', '0,6']);
  });
});

describe('the driver of virtio-mem that goes away', () => {
  test('leaves whole blocks, removes offline ones of which a part is plugged', () => {
    const run = soloRun(machine, function* (kernel): Step {
      yield* resize(kernel, 3);
      yield* virtioMemRemove(kernel);
    });
    assert.deepEqual(states(run), [MbState.offline, MbState.unused]);
    assert.equal(memoryBlock(run.kernel, 32).presentSections.peek(), 1);
    assert.equal(memoryBlock(run.kernel, 33).presentSections.peek(), 0);
    assertConsistent(run);
  });

  test('is asked nothing any more, and the work is not queued any more', () => {
    const run = soloRun(machine, function* (kernel): Step<unknown> {
      yield* virtioMemRemove(kernel);
      return [yield* write(kernel, 'online'), yield* resize(kernel, 0)];
    });
    assert.deepEqual(run.result, [6, undefined]);
    assert.deepEqual(faults(run), []);
  });
});
