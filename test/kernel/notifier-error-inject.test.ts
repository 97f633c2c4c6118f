import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import { sysfsRead, sysfsWrite } from '../../src/kernel/sysfs.ts';
import { told } from './notifier-observer.ts';
import { soloRun } from './solo-run.ts';

const file = (event: string): string => `notifier-error-inject/memory/actions/${event}/error`;
const online = file('MEM_GOING_ONLINE');
const offline = file('MEM_GOING_OFFLINE');
const machine: Parameters = { notifiers: 'error-inject' };

/** What each write answered. */
function written(...writes: readonly (readonly [string, string])[]): unknown {
  return soloRun(machine, function* (kernel): Step<string[]> {
    const names: string[] = [];
    for (const [path, input] of writes) {
      names.push(resultName(yield* sysfsWrite(kernel, path, input)));
    }
    return names;
  }).result;
}

describe('error injection', () => {
  test('the errors written to the two files come out of the writes, until they are cleared', () => {
    const results = written(
      [online, '-12'],
      ['memory32/state', 'online'],
      ['memory32/online', '1'],
      [online, '0'],
      ['memory32/online', '1'],
      [offline, '-16'],
      ['memory32/state', 'offline'],
      [offline, '0\n'],
      ['memory32/state', 'offline'],
    );
    const expected = ['3', 'ENOMEM', 'ENOMEM', '1', '1', '3', 'EBUSY', '2', '7'];
    assert.deepEqual(results, expected);
  });

  test('values are held within -4095 and 0', () => {
    const held = (input: string): number => {
      const { kernel } = soloRun(machine, (one) => sysfsWrite(one, online, input));
      return kernel.callbacks.errorInject!.goingOnlineError.peek();
    };
    assert.deepEqual(['-4095', '-4096', '-99999'].map(held), [-4095, -4095, -4095]);
    assert.deepEqual(['0', '1', '5', '4096'].map(held), [0, 0, 0, 0]);
    assert.deepEqual(['-1', '-12'].map(held), [-1, -12]);
  });

  test('what is no number is EINVAL, and so is nothing', () => {
    assert.deepEqual(written([offline, 'x'], [offline, ''], [offline, '-1 2']), [
      'EINVAL',
      'EINVAL',
      'EINVAL',
    ]);
  });

  test('the error that is set can be read back', () => {
    const run = soloRun({ notifiers: 'error-inject' }, function* (kernel): Step<unknown> {
      yield* sysfsWrite(kernel, offline, '-5000');
      return yield* sysfsRead(kernel, offline);
    });
    assert.equal(run.result, '-4095\n');
  });

  test('only GOING_ONLINE and GOING_OFFLINE can be made to fail', () => {
    assert.deepEqual(written([file('MEM_ONLINE'), '-12'], [file('MEM_CANCEL_ONLINE'), '-12']), [
      'ENOENT',
      'ENOENT',
    ]);
  });

  for (const priority of [0, 1000]) {
    test(`priority ${priority}: an observer at -100 sees MEM_CANCEL_ONLINE only`, () => {
      assert.deepEqual(seenWithPriority(priority), ['observer cancelOnline']);
    });
  }

  test('priority -1000: an observer at -100 sees GOING_ONLINE, then CANCEL_ONLINE', () => {
    assert.deepEqual(seenWithPriority(-1000), ['observer goingOnline', 'observer cancelOnline']);
  });
});

/** What an observer at -100 is told when the injected error stops a block from coming online. */
function seenWithPriority(priority: number): string[] {
  const observers = [{ name: 'observer', priority: -100 }];
  const { calls, results } = told(observers, ['state=online'], machine, {
    *agent(kernel) {
      const { notifier, goingOnlineError } = kernel.callbacks.errorInject!;
      yield* notifier.priority.write(priority);
      yield* goingOnlineError.store(-12);
    },
  });
  assert.deepEqual(results, ['ENOMEM']);
  return calls;
}
