import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters, Step } from '../../src/program/index.ts';
import { acpiProcessorEject, acpiProcessorHotplug } from '../../src/kernel/acpi-processor.ts';
import { addCpu, removeCpu } from '../../src/kernel/add-cpu.ts';
import { cpuHotplugDisable, cpuHotplugEnable } from '../../src/kernel/cpu-maps-update.ts';
import { cpuUp } from '../../src/kernel/cpu-up.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { makeSysfs } from '../../src/kernel/sysfs-tree.ts';
import { faults, soloRun } from './solo-run.ts';

const releases = ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8'];

/** What reading a path gives, or writing, given as `path=input`; of errors the name. */
function seen(parameters: Parameters, accesses: readonly string[]): string[] {
  const run = soloRun(parameters, function* (kernel): Step<string[]> {
    const sysfs = makeSysfs(kernel);
    const answers: string[] = [];
    for (const access of accesses) {
      const [path = '', input] = access.split('=');
      const answer =
        input === undefined
          ? yield* sysfs.read(`cpu/${path}`)
          : yield* sysfs.write(`cpu/${path}`, input);
      answers.push(typeof answer === 'string' ? answer : resultName(answer));
    }
    return answers;
  });
  assert.deepEqual(faults(run), []);
  return run.result as string[];
}

const answer = (parameters: Parameters, agent: (kernel: Kernel) => Step<number>): string =>
  resultName(soloRun(parameters, agent).result as number);

const write = (path: string, input: string) => (kernel: Kernel) =>
  makeSysfs(kernel).write(`cpu/${path}`, input);

describe('a CPU goes up and down', () => {
  for (const release of releases) {
    test(`${release}: by its file \`online\`, and twice is no error`, () => {
      const accesses = ['online=0', 'online', 'online=0', 'online=1', 'online', 'online=1'];
      const found = seen(
        { release },
        accesses.map((access) => `cpu1/${access}`),
      );
      assert.deepEqual(found, ['1', '0\n', '1', '1', '1\n', '1']);
    });

    test(`${release}: a number that no CPU can have is EINVAL`, () => {
      assert.equal(
        answer({ release }, (kernel) => cpuUp(kernel, undefined)),
        'EINVAL',
      );
    });

    test(`${release}: cpu_up() of a CPU that is not present is EINVAL`, () => {
      const absent = (kernel: Kernel): Step<number> => cpuUp(kernel, kernel.cpus[0]);
      assert.equal(answer({ release, cpusPresent: 0 }, absent), 'EINVAL');
    });

    test(`${release}: EBUSY while hotplug is disabled`, () => {
      const { result, kernel } = soloRun({ release }, function* (kernel): Step<string[]> {
        yield* cpuHotplugDisable(kernel);
        const down = yield* write('cpu1/online', '0')(kernel);
        yield* cpuHotplugEnable(kernel);
        const again = yield* write('cpu1/online', '0')(kernel);
        yield* cpuHotplugDisable(kernel);
        const up = yield* write('cpu1/online', '1')(kernel);
        return [down, again, up].map(resultName);
      });
      assert.deepEqual(result, ['EBUSY', '1', 'EBUSY']);
      assert.equal(kernel.cpus[0]!.online.peek(), 0);
      assert.equal(kernel.cpus[0]!.offline.peek(), 1);
    });
  }

  test('a sibling is EPERM while SMT is off, from v4.20 on', () => {
    const parameters = { cpus: 2, smtOff: '2' };
    assert.deepEqual(seen(parameters, ['cpu2/online', 'cpu2/online=1', 'cpu2/online']), [
      '0\n',
      'EPERM',
      '0\n',
    ]);
  });

  test('cpu0 never goes offline', () => {
    assert.equal(
      answer({}, (kernel) => removeCpu(kernel, kernel.bootCpu)),
      'EPERM',
    );
    assert.deepEqual(seen({}, ['cpu0/online', 'cpu0/hotplug/state']), ['ENOENT', '236\n']);
  });

  test('add_cpu() and remove_cpu() do as the file does', () => {
    const both = function* (kernel: Kernel): Step<number> {
      const cpu = kernel.cpus[0]!;
      assert.equal(yield* removeCpu(kernel, cpu), 0);
      assert.equal(yield* cpu.online.load(), 0);
      assert.equal(yield* addCpu(kernel, cpu), 0);
      return yield* addCpu(kernel, cpu);
    };
    assert.equal(answer({}, both), '1');
  });

  test('add_cpu() of a CPU that is possible and not present uses a NULL device', () => {
    const run = soloRun({ cpusPresent: 0 }, (kernel) => addCpu(kernel, kernel.cpus[0]!));
    assert.match(faults(run).join(), /NULL pointer dereference: cpu1 is possible/);
  });
});

describe('the directory `hotplug`', () => {
  test('reads as on the reference kernel, and v3.19 has none', () => {
    const files = ['state', 'target', 'fail'].map((name) => `cpu1/hotplug/${name}`);
    assert.deepEqual(seen({}, files), ['236\n', '236\n', '-1\n']);
    assert.deepEqual(seen({}, ['cpu1/online=0', ...files]), ['1', '0\n', '0\n', '-1\n']);
    assert.deepEqual(seen({ release: 'v3.19' }, files), ['ENOENT', 'ENOENT', 'ENOENT']);
    assert.deepEqual(seen({}, ['cpu1/hotplug/state=1']), ['EACCES']);
  });

  test('`target` takes no value', () => {
    for (const value of ['0', '236', '153', '-1', '300', 'x', '\n']) {
      assert.deepEqual(seen({}, [`cpu1/hotplug/target=${value}`]), ['EINVAL'], value);
    }
  });

  test('`fail` takes the states that have a callback which may fail, and -1', () => {
    const accepted = [153, 155, 156, 158, 162, 235];
    for (let state = 197; state <= 207; state++) accepted.push(state);
    for (let state = -2; state <= 300; state++) {
      const expected = state === -1 || accepted.includes(state) ? `${state}`.length : 'EINVAL';
      assert.deepEqual(seen({}, [`cpu1/hotplug/fail=${state}`]), [String(expected)], `${state}`);
    }
    for (const value of ['x', '', ' 153', '0x99', '153 ', '-']) {
      const expected = value === '' ? '0' : 'EINVAL';
      assert.deepEqual(seen({}, [`cpu1/hotplug/fail=${value}`]), [expected], value);
    }
    assert.deepEqual(seen({}, ['cpu1/hotplug/fail=153\n', 'cpu1/hotplug/fail']), ['4', '153\n']);
    assert.deepEqual(seen({ release: 'v4.20' }, ['cpu1/hotplug/fail=-1']), ['EINVAL']);
  });

  test('an armed state fails one way down with EAGAIN, and the next goes through', () => {
    const armed = ['cpu1/hotplug/fail=197', 'cpu1/online=0', 'cpu1/online', 'cpu1/hotplug/state'];
    const after = ['cpu1/hotplug/target', 'cpu1/hotplug/fail', 'cpu1/online=0', 'cpu1/online'];
    const first = ['3', 'EAGAIN', '1\n', '236\n'];
    assert.deepEqual(seen({}, [...armed, ...after]), [...first, '236\n', '-1\n', '1', '0\n']);
  });

  test('an armed state fails one way up with EAGAIN, and the next goes through', () => {
    const armed = ['cpu1/online=0', 'cpu1/hotplug/fail=235', 'cpu1/online=1', 'cpu1/online'];
    const after = ['cpu1/hotplug/state', 'cpu1/hotplug/target', 'cpu1/hotplug/fail'];
    const again = ['cpu1/online=1', 'cpu1/hotplug/state'];
    const first = ['1', '3', 'EAGAIN', '0\n', '0\n', '0\n', '-1\n'];
    assert.deepEqual(seen({}, [...armed, ...after, ...again]), [...first, '1', '236\n']);
  });

  test('a failure is undone in the thread: cpuhp_state-down, then -up, and the reverse', () => {
    const run = soloRun({}, function* (kernel): Step {
      for (const way of ['0', '1']) {
        yield* write('cpu1/hotplug/fail', '197')(kernel);
        yield* write('cpu1/online', way)(kernel);
        if (way === '0') yield* write('cpu1/online', way)(kernel);
      }
    });
    const maps = run.locks.filter((lock) => lock.startsWith('+cpuhp'));
    assert.deepEqual(
      maps.map((lock) => lock.slice('+cpuhp_state-'.length)),
      ['down', 'up', 'down', 'up', 'down'],
    );
    assert.equal(run.kernel.cpus[0]!.online.peek(), 0);
  });
});

describe('nodes of CPUs', () => {
  const parameters = { nodes: 2, cpuNodes: '1', cpusPresent: 0 };

  /** Whether node 1 is online after each step. */
  function nodes(
    given: Parameters,
    steps: readonly ((kernel: Kernel) => Step<number>)[],
  ): number[] {
    return soloRun(given, function* (kernel): Step<number[]> {
      const online = kernel.pgdats[1]!.online;
      const found = [yield* online.load()];
      for (const step of steps) {
        assert.ok((yield* step(kernel)) >= 0);
        found.push(yield* online.load());
      }
      return found;
    }).result as number[];
  }

  const add = (kernel: Kernel): Step<number> => acpiProcessorHotplug(kernel, kernel.cpus[0]!);
  const eject = (kernel: Kernel): Step<number> => acpiProcessorEject(kernel, kernel.cpus[0]!);

  for (const release of releases) {
    test(`${release}: cpu_up() brings a node without memory online, removal offline`, () => {
      const steps = [add, write('cpu1/online', '1'), write('cpu1/online', '0'), eject];
      assert.deepEqual(nodes({ ...parameters, release }, steps), [0, 0, 1, 1, 0]);
    });

    test(`${release}: a node stays for another CPU that is present`, () => {
      const given = { nodes: 2, cpus: 2, cpuNodes: '1,1', release };
      assert.deepEqual(nodes(given, [eject]), [1, 1]);
    });
  }
});
