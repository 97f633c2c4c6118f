import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trace } from '../check/analysed.ts';
import { command, put, scratchFolder } from './command.ts';

const folder = scratchFolder();
const clean = put(folder, 'clean.jsonl', trace('A.acquire.L A.release.L').join('\n'));
const bad = put(folder, 'bad.jsonl', trace('A.release.L').join('\n'));
const broken = put(folder, 'broken.jsonl', '{"heddleTrace":1}\n{"op":"jump","agent":"A"}\n');
const guarded = put(
  folder,
  'guarded.jsonl',
  trace(
    'A.acquire.G A.acquire.L A.acquire.M A.release.M A.release.L A.release.G ' +
      'B.acquire.G B.acquire.M B.acquire.L B.release.L B.release.M B.release.G',
  ).join('\n'),
);

interface Printed {
  readonly file: string;
  readonly error?: string;
  readonly events: number;
  readonly agents: number;
  readonly findings: readonly Readonly<Record<string, unknown>>[];
}

function objects(out: string): Printed[] {
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Printed);
}

describe('heddle analyze', () => {
  test('exits 0 without findings and with guarded ones only, 1 with others', async () => {
    assert.equal((await command('analyze', clean)).status, 0);
    assert.equal((await command('analyze', guarded)).status, 0);
    assert.equal((await command('analyze', bad)).status, 1);
  });

  test('prints one object a file, in the order of the files', async () => {
    const { out, status } = await command('analyze', '--json', bad, clean);
    const [first, second] = objects(out);
    assert.equal(status, 1);
    assert.equal(first!.file, bad);
    assert.equal(second!.file, clean);
    assert.equal(second!.events, 2);
    const [finding] = first!.findings;
    assert.deepEqual(
      [
        finding!['kind'],
        finding!['level'],
        finding!['agents'],
        finding!['locks'],
        finding!['events'],
      ],
      ['bad-unlock', 'happened', ['A'], ['L'], [2]],
    );
    assert.match(String(finding!['fingerprint']), /^[0-9a-f]{12}$/);
  });

  test('a bad file of several is told, and the others are analysed', async () => {
    const { out, status } = await command('analyze', '--json', broken, bad);
    const [first, second] = objects(out);
    assert.equal(status, 2);
    assert.match(first!.error!, /broken\.jsonl:2: `op` is "jump"/);
    assert.equal(second!.findings.length, 1);
    const text = await command('analyze', broken);
    assert.equal(text.status, 2);
    assert.match(text.err, /^heddle: .*broken\.jsonl:2: /);
    assert.equal(text.err.trim().split('\n').length, 1);
  });

  test('what the baseline has is known', async () => {
    const { out } = await command('analyze', '--json', bad);
    const baseline = put(folder, 'baseline.jsonl', out);
    const { status, out: again } = await command('analyze', bad, '--baseline', baseline);
    assert.equal(status, 0);
    assert.match(again, /in the baseline/);
    assert.equal((await command('analyze', bad, '--baseline', clean)).status, 1);
  });

  test('checks only what is asked for, and names what there is', async () => {
    assert.equal((await command('analyze', bad, '--checks', 'races')).status, 0);
    const { err, status } = await command('analyze', bad, '--checks', 'race');
    assert.equal(status, 2);
    assert.match(err, /did you mean "races"/);
    assert.match((await command('analyze', `${folder}/none`)).err, /there is no such file/);
  });

  test('two threads inside of one lock are no trace', async () => {
    const std = put(folder, 'two.std', 'T1|acq(L)|1\nT2|acq(L)|2\nT2|r(x)|3\nT1|rel(L)|4\n');
    const { err, status } = await command('analyze', std);
    assert.equal(status, 2);
    assert.match(err, /two\.std:2: T2 acquires L, which T1 holds since line 1; expected a release/);
  });

  test('a prediction comes with the order that reaches it', async () => {
    const lines = ['T1|w(x)|1', 'T1|acq(L)|2', 'T1|rel(L)|3', 'T2|acq(L)|4', 'T2|rel(L)|5'];
    const std = put(folder, 'hidden.std', `${[...lines, 'T2|r(x)|6'].join('\n')}\n`);
    const { out } = await command('analyze', '--json', std);
    const [finding] = objects(out)[0]!.findings as unknown as {
      witness: unknown;
      events: unknown;
    }[];
    assert.deepEqual(finding!.witness, [{ agent: 'T2', upTo: 5 }]);
    assert.deepEqual(finding!.events, [1, 6]);
  });

  test('the lock events of an online by `state` give its order graph', async () => {
    const { out, status } = await command('analyze', '--statistics', onlineByState());
    assert.equal(status, 0);
    const graph = out.split('\n').map((line) => line.trim());
    const after = (name: string): string[] => {
      const from = graph.findIndex((line) => line.startsWith(`${name} FD:`));
      const rest = graph.slice(from + 1);
      return rest.slice(
        0,
        rest.findIndex((line) => !/^(->|~>)/.test(line)),
      );
    };
    assert.deepEqual(after('sb_writers'), ['-> &of->mutex']);
    // Two tries in between: both, and the mutex below them, are before the device's lock.
    assert.deepEqual(after('&of->mutex'), ['~> &dev->mutex']);
    assert.deepEqual(after('kn->active'), ['~> &dev->mutex']);
    assert.deepEqual(after('device_hotplug_lock'), ['-> &dev->mutex']);
    assert.deepEqual(after('&dev->mutex'), ['-> cpu_hotplug_lock']);
    assert.deepEqual(after('cpu_hotplug_lock'), ['-> mem_hotplug_lock']);
    assert.deepEqual(after('mem_hotplug_lock'), [
      '-> (memory_chain).rwsem',
      '-> &zone->lock',
      '-> pcp_batch_high_lock',
      '-> &pgdat->kswapd_lock',
    ]);
    assert.match(out, /mem_hotplug_lock: 1 acquisitions .* 1 contentions/);
    assert.match(out, /wait 2000\/2000\/2000/);
  });
});

describe('heddle convert', () => {
  test('writes what says the same', async () => {
    const std = put(folder, 'one.std', 'T1|acq(L)|1\nT1|w(x)|2\nT1|rel(L)|3\n');
    const { out, status } = await command('convert', std);
    assert.equal(status, 0);
    const file = put(folder, 'one.jsonl', out);
    const [object] = objects((await command('analyze', '--json', file)).out);
    assert.equal(object!.events, 3);
    assert.deepEqual(object!.findings, []);
  });
});

/** As trace-cmd report prints it. */
function onlineByState(): string {
  let time = 100_000_000;
  const lines = ['cpus=2'];
  const event = (name: string, lock: string): void => {
    const seconds = `${Math.floor(time / 1e6)}.${String(time % 1e6).padStart(6, '0')}`;
    lines.push(`            bash-812   [000]   ${seconds}: ${name.padEnd(21)} 0xffff88 ${lock}`);
    time++;
  };
  const chain = [
    'read sb_writers',
    '&of->mutex',
    'try read kn->active',
    'try device_hotplug_lock',
    '&dev->mutex',
    'read cpu_hotplug_lock',
    'mem_hotplug_lock',
  ];
  const bare = (lock: string): string => lock.replace(/^(try )?(read )?/, '');
  for (const lock of chain) event('lock_acquire:', lock);
  event('lock_contended:', 'mem_hotplug_lock');
  time++;
  event('lock_acquired:', 'mem_hotplug_lock');
  for (const lock of [
    'read (memory_chain).rwsem',
    '&zone->lock',
    'pcp_batch_high_lock',
    '&pgdat->kswapd_lock',
  ]) {
    event('lock_acquire:', lock);
    event('lock_release:', bare(lock));
  }
  for (const lock of chain.toReversed()) event('lock_release:', bare(lock));
  return put(folder, 'online.txt', `${lines.join('\n')}\n`);
}
